"""The commands of `mika`, by what they are about. Each imports what it runs only when it is run, so that
`mika --help` answers at once.
"""
