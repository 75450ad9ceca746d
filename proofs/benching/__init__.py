"""What `make bench` is made of: the stage, the whole order, what it writes, and the floor that writes the same."""
