"""The program running by itself: the same use cases as the command line, on a schedule, one connection or one book at a time.

`jobs.py` says which jobs a configuration has; `timetable.py` when each goes; `patience.py` what a failure does to that; `desk.py`
carries one job out and keeps how it ended; `rounds.py` notices what people changed; `turns.py` tells the scheduler; `service.py` ties
it to the machine's clock and its signals. Only the last needs real time: a month of the others is a test.
"""
