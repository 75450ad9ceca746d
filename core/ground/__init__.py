"""What the floor stands on: database, vault, money, clock, errors, inbox, outbox, audit, messages, words."""
