"""Ways an exchange misbehaves, on demand: rules say which requests are struck, faults what happens to them.

A rule is `{"kind": …, "endpoint": …, "apiKey": …, "probability": …, "count": …, …options}`. `endpoint` is
"POST /api/v3/order", "/api/v3/order" or "*", `apiKey` the key of one account, in whichever dialect it calls; left
out, they mean all. A rule fires with its `probability` (1), at most `count` times, and draws its luck from its
own sequence: a rule with a key does not depend on the traffic of others. Amounts of time are in seconds.

`POST /paper/control/faults` takes `{"clear": true | [ids], "release": true, "add": [rules]}`. Orders that a rule
holds from the market are held also after it was cleared; `release` lets them meet it at once. Rules end with the
process, held orders do not.

Accidents happen to a request and its answer, each in the dialect of its path. Of those that would fire, the first
added has the request:

    delay     `seconds`, `when` (before, after)
              wait before or after executing
    drop      `when` (before, after)
              cut the connection without an answer, before or after executing; a cancel that is executed and its
              answer lost is this, after
    half      execute, send half of the answer, cut the connection
    status    `status` (500, 502, 503, 504), `when` (before, after), `html` (false, true)
              answer with a server error, as JSON or as a web page, before or after executing
    limit     `status` (429, 418, 403, 200), `retry_after` (1)
              refuse for too many requests, executing nothing. Binance: 429 and 418 with Retry-After, 403 as its
              firewall's page, 200 as 429. Bybit: 200 is retCode 10006 in a good answer, 429 the same with its
              status, 403 and 418 are 403 with 10018; all with X-Bapi-Limit-Reset-Timestamp and Retry-After
    body      `body`: execute, then answer 200 with something else:
              empty, truncated, garbled, html      no JSON at all
              object, array, null                  {}, [] or null
              shape                                the true answer wrapped once more: good JSON of a wrong shape
              other                                the true answer, told of the account's order before it
              id_empty, id_null, id_zero           the true answer, every order id in it "", null or 0
              id_missing                           the true answer without any order id
    rows      `twice` (false, true), `shuffle` (false, true)
              execute, then answer a list with each row repeated, or with its rows out of order

Sights change the exchange that a request meets. One of each kind can lie on a request, and an accident as well:

    defer     `seconds`, `parts` (1)
              accept an order as NEW and let it meet the market only that much market time later: an equal part of
              what is left of it each time, the next after as long again. Fill-or-kill stays whole
    race      `share` (1)
              at the endpoint that cancels: fill this share of what is left of the order just before the cancel,
              a limit order at its own price. A whole one is then refused as closed, a part is canceled with its
              fill
    late      `seconds`
              fills younger than that do not show, and orders are told as they were before those
    stale     `seconds`, `show` (missing, new)
              orders accepted less than that ago are not found, or told as NEW without any fill
    skew      `seconds`, `direction` (ahead, behind)
              the exchange's clock is wrong: it tells that time, dates orders and fills by it, and checks
              signatures against it. An unsigned request has no key, so only a rule for all reaches it
"""
