"""How a Keras model is fitted fast."""
