"""Prints statistics.json: what SciPy, or a definition written out, says of a few samples.

python3 statistics.py > statistics.json     (SciPy 1.17)
"""

import itertools
import json
import math
import random

import numpy
from scipy import optimize, stats


def exact_signed_rank(differences):
    """Every choice of signs counted."""
    values = [d for d in differences if d != 0]
    if not values:
        return 1.0
    ranks = stats.rankdata([abs(v) for v in values])
    observed = sum(r for v, r in zip(values, ranks) if v > 0)
    middle = sum(ranks) / 2
    extreme = total = 0
    for signs in itertools.product((0, 1), repeat=len(values)):
        total += 1
        positive = sum(r for s, r in zip(signs, ranks) if s)
        extreme += abs(positive - middle) >= abs(observed - middle) - 1e-9
    return extreme / total


def pair_means(differences):
    return sorted(
        (a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])


def shifts_not_refuted(differences, level=0.05):
    """The signed-rank test's interval, by looking at every shift at which its ranks differ: None where
    it isn't bounded on both sides, or has no width."""
    n = len(differences)
    if 2 / 2**n > level:
        return None
    means = pair_means(differences)
    ends = means[:1] + [m for before, m in zip(means, means[1:]) if m - before > 1e-8]
    kept = [
        (low, high) for low, high in zip(ends, ends[1:])
        if signed_rank([round(d - (low + high) / 2, 12) for d in differences]) > level]
    if not kept:
        return None
    low, high = kept[0][0], kept[-1][1]
    if signed_rank(differences) > level:
        low, high = min(low, 0.0), max(high, 0.0)
    return [low, high]


def signed_rank(differences):
    """Two-sided p by enumeration, or, for many without ties, SciPy's."""
    if len(differences) <= 10:
        return exact_signed_rank(differences)
    sizes = [abs(d) for d in differences]
    assert 0 not in sizes and len(set(sizes)) == len(sizes)
    return float(stats.wilcoxon(differences, method="exact").pvalue)


def hedges(m):
    return math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2) if m > 1 else 1.0


def effect_interval(t, n):
    def cumulative(d):
        p = stats.nct.cdf(t, n - 1, d)
        # SciPy gives up far out in the tails.
        return p if math.isfinite(p) else float(d < t)

    def end(p):
        return optimize.brentq(
            lambda d: cumulative(d) - p, t - 8 - abs(t), t + 8 + abs(t), xtol=1e-13)

    return [end(0.975), end(0.025)]


def power(effect, n, level=0.05, overlap=0):
    critical = stats.t.ppf(1 - level / 2, n - 1)
    d = effect / math.sqrt(1 / n + overlap)
    return 1 - stats.nct.cdf(critical, n - 1, d) + stats.nct.cdf(-critical, n - 1, d)


def seeds_needed(effect, comparisons=1):
    level = 0.05 / comparisons
    fewest = next(n for n in itertools.count(2) if 2 / 2**n <= level)
    return next(n for n in range(fewest, 100_000) if power(effect, n, level) >= 0.8)


def overlapping_seeds_needed(effect, comparisons, overlap):
    """None where the power stays below 0.8 however many they are."""
    level = 0.05 / comparisons
    if power(effect, 100_000, level, overlap) < 0.8:
        return None
    return next(n for n in range(5, 100_000) if power(effect, n, level, overlap) >= 0.8)


def paired(differences):
    d = numpy.array(differences)
    n = len(d)
    mean, deviation = d.mean(), d.std(ddof=1)
    error = deviation / math.sqrt(n)
    t, p = stats.ttest_1samp(d, 0)
    corrected_error = deviation * math.sqrt(1 / n + 0.25)
    reach = stats.t.ppf(0.975, n - 1) * corrected_error
    bootstrap = stats.bootstrap(
        (d,), numpy.mean, n_resamples=99_999, method="BCa",
        rng=numpy.random.default_rng(0)).confidence_interval
    plain = len(set(map(abs, differences))) == n and 0 not in differences
    return {
        "differences": differences,
        "mean": mean,
        "standard_deviation": deviation,
        "interval": list(stats.t.interval(0.95, n - 1, mean, error)),
        "bootstrap": list(bootstrap),
        "t_p": p,
        "wilcoxon_p": float(stats.wilcoxon(d, method="exact").pvalue) if plain or n > 14
        else exact_signed_rank(differences),
        "hodges_lehmann": float(numpy.median(pair_means(differences))),
        "hodges_lehmann_interval": shifts_not_refuted(differences),
        "effect_size": t / math.sqrt(n) * hedges(n - 1),
        "effect_size_interval":
            [x / math.sqrt(n) * hedges(n - 1) for x in effect_interval(t, n)],
        "corrected_p": 2 * stats.t.sf(abs(mean / corrected_error), n - 1),
        "corrected_interval": [mean - reach, mean + reach],
        "seeds_needed": seeds_needed(abs(mean) / deviation),
        "seeds_needed_of_five": seeds_needed(abs(mean) / deviation, comparisons=5),
        "seeds_needed_overlapping": overlapping_seeds_needed(abs(mean) / deviation, 2, 0.25),
    }


def holm(p):
    """By its definition, from the smallest."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted = [0.0] * len(p)
    for place, i in enumerate(order):
        adjusted[i] = max(min(1, (len(p) - j) * p[order[j]]) for j in range(place + 1))
    return adjusted


def exact_friedman(rows, statistic):
    """Every order within every block counted."""
    orders = [list(itertools.permutations(row)) for row in rows]
    if math.prod(map(len, orders)) > 2_000:
        return None
    found = [stats.friedmanchisquare(*zip(*choice))[0] for choice in itertools.product(*orders)]
    return sum(f >= statistic - 1e-9 for f in found) / len(found)


def friedman(rows):
    columns = list(zip(*rows))
    statistic, p = stats.friedmanchisquare(*columns)
    ranks = numpy.array([stats.rankdata([-v for v in row]) for row in rows])
    k, n = len(columns), len(rows)
    q = stats.studentized_range.ppf(0.95, k, numpy.inf) / math.sqrt(2)
    return {
        "rows": rows, "statistic": statistic, "p": p,
        "exact_p": exact_friedman(rows, statistic), "mean_ranks": list(ranks.mean(axis=0)),
        "critical_difference": q * math.sqrt(k * (k + 1) / (6 * n)),
    }


generator = random.Random(1)


def sample(n, mean, deviation, digits):
    return [round(generator.gauss(mean, deviation), digits) for _ in range(n)]


print(json.dumps({
    "paired": [
        paired(sample(5, 0.5, 1, 6)), paired(sample(8, 0.002, 0.001, 6)),
        paired(sample(8, 0, 3, 0) + [2.0, -2.0]), paired([0.0, 0.0, 1.0, 2.0, 2.0, -1.0, 4.0]),
        paired(sample(20, 0.3, 0.6, 6)), paired(sample(40, -0.1, 1, 8)), paired([1.0, 2.0]),
        paired([3.0, 1.0, 2.5]),
        # One seed collapsed; zeros and ties; all but one equal.
        paired([-0.1] + [round(0.001 + k * 1e-5, 6) for k in range(1, 20)]),
        paired([0.0, 0.0, 0.0, -5.0, 0.0, -5.0, 0.0, -5.0]),
        paired([0.0] * 8 + [1.0]), paired([2.0] * 7 + [3.0, 1.0, -1.0]),
    ],
    "holm": [{"p": p, "adjusted": holm(p)} for p in (
        [0.01, 0.04, 0.03, 0.005], [0.5, 0.5], [0.2], [0.001, 0.9, 0.02, 0.02, 0.3])],
    "friedman": [
        friedman([[generator.random() + 0.2 * c for c in range(k)] for _ in range(n)])
        for k, n in ((3, 4), (4, 12), (6, 5))
    ] + [friedman([[1.0, 1.0, 0.5], [0.9, 0.8, 0.8], [0.7, 0.9, 0.7], [0.3, 0.2, 0.1]])],
    "range": [{"count": k, "quantile": stats.studentized_range.ppf(0.95, k, numpy.inf)}
              for k in (2, 3, 6, 10)],
    "noncentral": [
        {"t": t, "freedom": f, "noncentrality": d, "p": stats.nct.cdf(t, f, d)}
        for t, f, d in ((1, 4, 0.5), (-1, 7, 0.8), (2.5, 19, 3), (0, 5, 1), (12, 4, 9),
                        (-3, 9, -2.5), (30, 39, 28))],
    "normal": [{"p": p, "x": stats.norm.ppf(p)} for p in (1e-12, 0.001, 0.3, 0.5, 0.975, 1 - 1e-9)],
    "student": [{"p": p, "freedom": f, "t": stats.t.ppf(p, f)}
                for p, f in ((0.975, 1), (0.975, 4), (0.9, 7), (0.01, 30), (0.999, 200))],
}, indent=1))
