"""What `python -m siamese` is made of: options, what is read, training, and what is said."""
