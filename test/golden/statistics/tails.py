"""Writes tails.json: distribution functions far out and at odd degrees of freedom, by mpmath in 60 digits.

Run `python tails.py`; the versions used are in the file. Values that scipy gives, too, agree with them to 1e-9 of their size.
"""

import json
import platform
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from scipy import stats

mp.mp.dps = 60
DF = [0.5, 1, 1.37, 3.5, 23.4, 1000]


def beta_share(a, b, x, y):
    """Regularised incomplete beta by the series DLMF 8.17.8, whose terms are all positive."""
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, y, x)
    term = total = mp.mpf(1)
    n = 0
    while term > total * mp.mpf("1e-55"):
        term *= (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    return x**a * y**b / (a * mp.beta(a, b)) * total


def f_above(f, d1, d2):
    f, d1, d2 = mp.mpf(f), mp.mpf(d1), mp.mpf(d2)
    return beta_share(d2 / 2, d1 / 2, d2 / (d2 + d1 * f), d1 * f / (d2 + d1 * f))


def f_below(f, d1, d2):
    return f_above(1 / mp.mpf(f), d2, d1)


def t_two_sided(t, df):
    return f_above(mp.mpf(t) ** 2, 1, df)


def chi_above(x, df):
    return mp.gammainc(mp.mpf(df) / 2, mp.mpf(x) / 2, regularized=True)


def solve(share, target, guess):
    """The value at which a share reaches its target, by the secant on logarithms."""
    h = lambda u: mp.log(share(mp.exp(u))) - mp.log(target)
    return mp.exp(mp.findroot(h, (mp.log(guess), mp.log(guess) + mp.mpf("1e-6")), tol=1e-40, maxsteps=60))


def main():
    cases = []

    def add(name, args, value, other):
        if not (1e-290 < abs(value) < 1e290):
            return
        if np.isfinite(other) and other != 0:
            off = abs(mp.mpf(float(other)) / value - 1)
            if off > 1e-9:
                print(name, args, "scipy is off by", mp.nstr(off, 2))
        cases.append({"name": name, "args": [float(a) for a in args], "value": float(value)})

    for df in DF:
        for t in [1e-8, 0.01, 0.7, 1.9, 4.2, 12, 37, 1e3, 1e6]:
            add("tTwoSided", [t, df], t_two_sided(t, df), 2 * stats.t.sf(t, df))
        for x in [1e-10, 1e-3, 0.4, 1, 7, 50, 300, 1200, 1e6]:
            add("chiSquareAbove", [x, df], chi_above(x, df), stats.chi2.sf(x, df))
        for p in [1e-100, 1e-12, 1e-3, 0.2, 0.499, 0.500001, 0.9, 0.9999]:
            with np.errstate(all="ignore"):
                guess = float(stats.t.isf(min(p, 1 - p), df))
            two = 2 * min(mp.mpf(p), 1 - mp.mpf(p))
            if guess < 1e140:
                value = mp.sqrt(solve(lambda f: f_above(f, 1, df), two, guess**2))
                value = value if p > 0.5 else -value
                add("tInverse", [p, df], value, stats.t.ppf(p, df))
        for df2 in DF:
            for f in [1e-12, 1e-3, 0.3, 1, 3, 40, 1e4, 1e9]:
                add("fAbove", [f, df, df2], f_above(f, df, df2), stats.f.sf(f, df, df2))
            for p in [1e-20, 1e-4, 0.3, 0.95, 0.99999]:
                guess = float(stats.f.ppf(p, df, df2))
                if 1e-140 < guess < 1e140:
                    low = p < 0.5
                    share = (lambda f: f_below(f, df, df2)) if low else (lambda f: f_above(f, df, df2))
                    value = solve(share, mp.mpf(p) if low else 1 - mp.mpf(p), guess)
                    add("fInverse", [p, df, df2], value, guess)
    for z in [1e-9, 0.1, 1.2, 3, 8, 20, 36]:
        add("normalTwoSided", [z], mp.erfc(mp.mpf(z) / mp.sqrt(2)), 2 * stats.norm.sf(z))
        add("normalBelow", [-z], mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2, stats.norm.cdf(-z))
    for p in [1e-250, 1e-30, 1e-5, 0.3, 0.4999999, 0.6, 0.99, 1 - 1e-12]:
        add("normalInverse", [p], mp.sqrt(2) * mp.erfinv(2 * mp.mpf(p) - 1) if p > 1e-20
            else mp.findroot(lambda z: mp.log(mp.erfc(-z / mp.sqrt(2)) / 2) - mp.log(p), float(stats.norm.ppf(p))),
            stats.norm.ppf(p))
    versions = {"python": platform.python_version(), "scipy": scipy.__version__, "mpmath": mp.__version__}
    path = Path(__file__).with_name("tails.json")
    path.write_text(json.dumps({"versions": versions, "cases": cases}, indent=0) + "\n")
    print(len(cases))


main()
