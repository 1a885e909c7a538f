"""What commands and pages show, as plain values."""
