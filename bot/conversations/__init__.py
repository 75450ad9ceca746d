"""Several questions in a row. Each file is one conversation, its steps in the order of the talk."""
