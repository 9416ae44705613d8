"""The real platform under measurement: started in a folder of its own, filled in bulk, sampled from outside.

    with running(settings) as rig:                       # processes started, no bot yet
        crowd = rig.populate(Population(bots=1000))      # users, keys, bots; each due at a random phase
        rig.start_bots(crowd)
        measured = measure(rig, seconds=30, window=5)    # CPU, memory, runs, lateness, requests to the exchange

`installation` starts it, `population` decides what is in it, `people` writes that to its database, `processes` reads
/proc, `tallies` reads the counters in Redis, `exchange` speaks to the paper exchange, `measuring` puts it together.
"""
