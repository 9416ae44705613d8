"""The API's main reads beside a bare Django view that the same web process serves.

`comparison` is the benchmark; `server` starts Redis and `manage.py serve_web` on a database of its own, which `prepare`
fills with `data`; `settings` and `urls` add the bare views; `prices` publishes the market as the market-data process
does; `load` is the program that asks, in processes of its own.
"""
