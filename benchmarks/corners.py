"""Corners of the default study's grid on telecust."""

# corners of the default study's grid: every value of every hyperparameter four times, one corner per compiled program
CORNERS = [
    {"layers": layers, "neurons": neurons, "batch_size": batch, "epochs": 25 if (i + j + k) % 2 else 100,
     "activation_input": ("relu", "tanh")[(i + j) % 2], "activation_hidden": ("relu", "tanh")[(j + k) % 2]}
    for i, layers in enumerate((1, 2)) for j, neurons in enumerate((16, 64)) for k, batch in enumerate((16, 64))
]  # fmt: skip

# four of them, in which every value of every hyperparameter occurs twice
FOUR_CORNERS = [CORNERS[0], CORNERS[2], CORNERS[5], CORNERS[7]]
