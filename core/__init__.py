"""The shop itself: nouns, stories, and the ground they stand on. Imports nothing of ours but core."""
