# SPDX-License-Identifier: GPL-3.0-or-later
"""The small configuration and book that the tests start from."""

# Lines are counted by the tests: keep the numbers of LINES right.
SMALL = """\
name: small
simulation: {paths: 3000, horizon: 1d, step: 1m, seed: 7}
markets:
  BTC:
    price: {model: merton, initial: 100000, volatility: 80%, jump_rate: 200/y, jump_mean: -5%, jump_volatility: 8%}
    liquidity: {impact: power, exponent: 0.5, depth: 30M, half_life: 10m, spread: 1bp}
    margin: {maintenance: 1.25%}
book: {generate: {books: 3, accounts: 200, open_interest: 300M}}
liquidation: {fee: 50bp}
insurance_fund: {initial: 500k}
liquidity_providers:
  - {name: senior, deposits: 20M, profit: 500k}
  - {name: junior, deposits: 5M, profit: 200k}
output: {samples: all, traces: 3, timeline: {points: 8, paths: 500}}
"""

BOOK = """\
account,market,side,size_usd,entry,collateral
a,BTC,long,1000000,100000,100000
b,BTC,short,2000000,100000,150000
c,BTC,long,500000,99000,50000
"""


def with_line(number, text, config=SMALL):
    """The configuration with one line (from 1) replaced."""
    lines = config.splitlines()
    lines[number - 1] = text
    return "\n".join(lines) + "\n"


def with_book(config=SMALL):
    return with_line(8, "book: {file: book.csv}", config)
