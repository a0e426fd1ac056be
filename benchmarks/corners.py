"""Corners of the default study's grid on telecust."""

# corners of the default study's grid: every value of every hyperparameter four times, one corner per compiled program
CORNERS = [
    {"layers": layers, "neurons": neurons, "batch_size": batch, "epochs": 25 if (i + j + k) % 2 else 100,
     "activation_input": ("relu", "tanh")[(i + j) % 2], "activation_hidden": ("relu", "tanh")[(j + k) % 2]}
    for i, layers in enumerate((1, 2)) for j, neurons in enumerate((16, 64)) for k, batch in enumerate((16, 64))
]  # fmt: skip

# four of them, in which every value of every hyperparameter occurs twice
FOUR_CORNERS = [CORNERS[0], CORNERS[2], CORNERS[5], CORNERS[7]]

# the smallest and the largest network, each with few and with many rows in a batch: whose epochs are measured
EPOCH_CORNERS = [
    {"layers": layers, "neurons": neurons, "batch_size": batch}
    for layers, neurons in ((1, 16), (2, 64)) for batch in (16, 64)
]  # fmt: skip


def told(corner: dict[str, int]) -> str:
    """A corner in few letters: width x hidden layers after the first, rows of a batch."""
    return f"{corner['neurons']}x{corner['layers']}, batch {corner['batch_size']}"
