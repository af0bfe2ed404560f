"""Two vector types for Numba kernels, whose loops LLVM does not vectorise by itself.

A `Bytes` holds one byte of 128 rows; a `Tile` holds 8 rows of 8 numbers. Both live in registers, on any
machine: LLVM splits them into what the processor has. Arguments that name an array take it one-dimensional
and contiguous, with an offset in elements; nothing checks bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, register_model

LANES = 128  # rows of a Bytes
SIDE = 8  # rows, and columns, of a Tile

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_BYTES = ir.VectorType(_I8, LANES)
_SHORTS = ir.VectorType(_I16, LANES)
_ROW = ir.VectorType(ir.DoubleType(), SIDE)
_TILE = ir.ArrayType(_ROW, SIDE)
# A vector of an array is aligned as an element is.
_DOUBLE_ALIGNED = 8


class _Bytes(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Bytes")


class _Tile(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Tile")


BYTES, TILE = _Bytes(), _Tile()


@register_model(_Bytes)
class _BytesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BYTES)


@register_model(_Tile)
class _TileModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _TILE)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    """Address of an element of a contiguous array."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [offset])


def _splat(builder: Any, scalar: Any, vector: Any) -> Any:
    """Give every lane the same value."""
    empty = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(empty, scalar, _I32(0))
    return builder.shuffle_vector(
        first, empty, ir.Constant(ir.VectorType(_I32, vector.count), [0] * vector.count)
    )


def _load(builder: Any, address: Any, vector: Any, align: int) -> Any:
    loaded = builder.load(builder.bitcast(address, vector.as_pointer()))
    loaded.align = align
    return loaded


def _store(builder: Any, value: Any, address: Any, align: int) -> None:
    builder.store(value, builder.bitcast(address, value.type.as_pointer())).align = align


@intrinsic
def below(typing: Any, array: Any, offset: Any, add: Any, bound: Any) -> Any:
    """Bytes: 255 where ``array[offset + lane] + add <= bound`` (bytes wrap around), else 0."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        values = _load(builder, _pointer(context, builder, signature.args[0], args[0], args[1]), _BYTES, 1)
        moved = builder.add(values, _splat(builder, args[2], _BYTES))
        met = builder.icmp_unsigned("<=", moved, _splat(builder, args[3], _BYTES))
        return builder.sext(met, _BYTES)

    return BYTES(array, types.intp, types.uint8, types.uint8), code


@intrinsic
def same(typing: Any, value: Any) -> Any:
    """Bytes: one value in every lane."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _splat(builder, args[0], _BYTES)

    return BYTES(types.uint8), code


@intrinsic
def put(typing: Any, array: Any, offset: Any, value: Any) -> Any:
    """Store Bytes at ``array[offset:]``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _store(builder, args[2], _pointer(context, builder, signature.args[0], args[0], args[1]), 1)
        return context.get_dummy_value()

    return types.void(array, types.intp, BYTES), code


@intrinsic
def and_flipped(typing: Any, value: Any, array: Any, offset: Any, flip: Any) -> Any:
    """Bytes: ``value & (array[offset + lane] ^ flip)``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        other = _load(builder, _pointer(context, builder, signature.args[1], args[1], args[2]), _BYTES, 1)
        return builder.and_(args[0], builder.xor(other, _splat(builder, args[3], _BYTES)))

    return BYTES(BYTES, array, types.intp, types.uint8), code


@intrinsic
def or_masked(typing: Any, value: Any, other: Any, mask: Any) -> Any:
    """Bytes: ``value | (other & mask)``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.or_(args[0], builder.and_(args[1], _splat(builder, args[2], _BYTES)))

    return BYTES(BYTES, BYTES, types.uint8), code


@intrinsic
def put_wide(typing: Any, array: Any, offset: Any, low: Any, high: Any) -> Any:
    """Store ``low + 256 * high`` at ``array[offset:]``, an array of uint16."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        upper = builder.shl(builder.zext(args[3], _SHORTS), _splat(builder, _I16(8), _SHORTS))
        wide = builder.or_(builder.zext(args[2], _SHORTS), upper)
        _store(builder, wide, _pointer(context, builder, signature.args[0], args[0], args[1]), 2)
        return context.get_dummy_value()

    return types.void(array, types.intp, BYTES, BYTES), code


@intrinsic
def empty_tile(typing: Any) -> Any:
    """Tile of zeros."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_TILE, [ir.Constant(_ROW, [0.0] * SIDE)] * SIDE)

    return TILE(), code


@intrinsic
def add_rows(typing: Any, tile: Any, table: Any, start: Any, codes: Any, offset: Any) -> Any:
    """Tile: row i gains the 8 numbers at ``table[start + 8 * codes[offset + i]:]``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        tile, first = args[0], _pointer(context, builder, signature.args[1], args[1], args[2])
        read = _pointer(context, builder, signature.args[3], args[3], args[4])
        for i in range(SIDE):
            chosen = builder.zext(builder.load(builder.gep(read, [_I64(i)])), _I64)
            address = builder.gep(first, [builder.shl(chosen, _I64(3))])
            row = builder.fadd(builder.extract_value(tile, i), _load(builder, address, _ROW, _DOUBLE_ALIGNED))
            tile = builder.insert_value(tile, row, i)
        return tile

    return TILE(TILE, table, types.intp, codes, types.intp), code


@intrinsic
def add_columns(typing: Any, tile: Any, sums: Any, starts: Any, first: Any, offset: Any) -> Any:
    """Add column j of a tile to ``sums[starts[first + j] + offset:]``, 8 rows each."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        columns = _transposed(builder, [builder.extract_value(args[0], i) for i in range(SIDE)])
        begin = _pointer(context, builder, signature.args[2], args[2], args[3])
        for j, column in enumerate(columns):
            start = builder.add(builder.load(builder.gep(begin, [_I64(j)])), args[4])
            address = _pointer(context, builder, signature.args[1], args[1], start)
            held = _load(builder, address, _ROW, _DOUBLE_ALIGNED)
            _store(builder, builder.fadd(held, column), address, _DOUBLE_ALIGNED)
        return context.get_dummy_value()

    return types.void(TILE, sums, starts, types.intp, types.intp), code


@intrinsic
def add_weighted(typing: Any, tile: Any, table: Any, start: Any, weights: Any, offset: Any) -> Any:
    """Tile: row i gains ``weights[offset + i]`` times the 8 numbers at ``table[start + 8 * i:]``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        tile, first = args[0], _pointer(context, builder, signature.args[1], args[1], args[2])
        weight = _pointer(context, builder, signature.args[3], args[3], args[4])
        for i in range(SIDE):
            line = _load(builder, builder.gep(first, [_I64(SIDE * i)]), _ROW, _DOUBLE_ALIGNED)
            scale = builder.load(builder.gep(weight, [_I64(i)]))
            if isinstance(signature.args[3].dtype, types.Integer):
                scale = builder.uitofp(scale, ir.DoubleType())
            scale = _splat(builder, scale, _ROW)
            row = builder.fadd(builder.extract_value(tile, i), builder.fmul(line, scale))
            tile = builder.insert_value(tile, row, i)
        return tile

    return TILE(TILE, table, types.intp, weights, types.intp), code


@intrinsic
def tally(typing: Any, counts: Any, start: Any, codes: Any, offset: Any, weights: Any, row: Any) -> Any:
    """Count 8 rows: ``counts[start + codes[offset + i]]`` gains ``weights[row + i]``; integers gain 1."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = _pointer(context, builder, signature.args[0], args[0], args[1])
        read = _pointer(context, builder, signature.args[2], args[2], args[3])
        weight = _pointer(context, builder, signature.args[4], args[4], args[5])
        whole = isinstance(signature.args[0].dtype, types.Integer)
        for i in range(SIDE):
            chosen = builder.zext(builder.load(builder.gep(read, [_I64(i)])), _I64)
            address = builder.gep(first, [chosen])
            held = builder.load(address)
            if whole:
                grown = builder.add(held, ir.Constant(held.type, 1))
            else:
                grown = builder.fadd(held, builder.load(builder.gep(weight, [_I64(i)])))
            builder.store(grown, address)
        return context.get_dummy_value()

    return types.void(counts, types.intp, codes, types.intp, weights, types.intp), code


@intrinsic
def put_sum(typing: Any, array: Any, offset: Any, tile: Any) -> Any:
    """Store the sum of a tile's rows, 8 numbers, at ``array[offset:]``."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows = [builder.extract_value(args[2], i) for i in range(SIDE)]
        while len(rows) > 1:
            rows = [builder.fadd(rows[i], rows[i + 1]) for i in range(0, len(rows), 2)]
        address = _pointer(context, builder, signature.args[0], args[0], args[1])
        _store(builder, rows[0], address, _DOUBLE_ALIGNED)
        return context.get_dummy_value()

    return types.void(array, types.intp, TILE), code


def _transposed(builder: Any, rows: Sequence[Any]) -> list[Any]:
    """Columns of a tile: three rounds of perfect shuffles of its upper with its lower half."""
    half = SIDE // 2
    lower = [lane for i in range(half) for lane in (i, i + SIDE)]
    upper = [lane for i in range(half, SIDE) for lane in (i, i + SIDE)]
    masks = [ir.Constant(ir.VectorType(_I32, SIDE), lanes) for lanes in (lower, upper)]
    for _ in range(3):
        rows = [builder.shuffle_vector(rows[i], rows[i + half], mask) for i in range(half) for mask in masks]
    return list(rows)
