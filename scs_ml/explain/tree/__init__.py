"""Exact SHAP values of tree ensembles, per row and per group, at about the cost of a prediction."""
