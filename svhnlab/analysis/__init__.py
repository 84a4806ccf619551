"""What the stored predictions tell: arrays in, arrays out."""
