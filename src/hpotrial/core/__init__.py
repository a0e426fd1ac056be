"""The ground floor: what every other room shares, from errors and files to spaces, records and the configuration."""
