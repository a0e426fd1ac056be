"""What an evolutionary search works with: a space as genes, the operators, and the population's history."""
