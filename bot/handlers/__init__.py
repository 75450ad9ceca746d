"""One question, one answer. Each file is one subject; importing it registers its handlers with their router."""
