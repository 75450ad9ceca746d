"""Door 3: the clock. Carries out what the core has written down, and asks it now and then what is due.

One file per kind of work; `runner.py` claims rows and hands them over, `schedule.py` is the timetable.
A job that returns has ended its row; one that raises has its row tried again, later.
"""
