"""Prints expected.json: what SciPy says of the study in study/, read from its journal.

python3 expect.py > expected.json     (SciPy 1.17)

The study was trained by `srelu sweep` with the study.yaml beside its journal, on two ranks.
"""

import collections
import json
import math
import pathlib

import numpy
from scipy import stats

SUBJECT = "srelu"
MEASURES = ["accuracy", "f1", "generalisation_gap"]
# WDBC's seeds draw a fifth of the samples for testing each, so their training sets overlap.
TEST_TO_TRAIN = {"wdbc": 0.2 / 0.8}
# A fifth of its 569 samples.
TEST_COUNT = {"wdbc": 114}


def values():
    """(place, activation) -> seed -> the measures."""
    result = collections.defaultdict(dict)
    for line in (pathlib.Path(__file__).parent / "study/journal.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] != "finished":
            continue
        trial = event["result"]
        result[(trial["dataset"], trial["architecture"]), trial["activation"]][trial["seed"]] = {
            "accuracy": trial["test"]["accuracy"],
            "f1": trial["test"]["f1"],
            "generalisation_gap": trial["train"]["accuracy"] - trial["test"]["accuracy"],
        }
    return result


def holm(ps):
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, largest = [0.0] * len(ps), 0.0
    for position, index in enumerate(order):
        largest = max(largest, min(1.0, (len(ps) - position) * ps[index]))
        adjusted[index] = largest
    return adjusted


def compare(differences, test_to_train, test_count, sizes):
    """Mean, p and the 95 % interval of a paired difference.

    Each of `sizes` holds differences, of which the mean size bounds the share of samples that one of
    the two alone has right.
    """
    n, mean = len(differences), numpy.mean(differences)
    spread = numpy.std(differences, ddof=1)
    if test_to_train is not None and test_count is not None:
        # Of q samples that one of the two alone has right, √(q/n) is the least spread; q is no less
        # than the size of the difference in accuracy.
        share = max(numpy.mean(numpy.abs(values)) for values in sizes)
        spread = max(spread, math.sqrt(share / test_count))
    if test_to_train is None:
        error = spread / math.sqrt(n)
        p = stats.wilcoxon(differences, method="exact" if no_ties(differences) else "auto").pvalue
        p = exact(differences) if not no_ties(differences) else p
        low, high = inverted(differences, p)
        return {"mean": mean, "estimate": float(numpy.median(pair_means(differences))), "p": p,
                "direction": rank_direction(differences), "lower": low, "upper": high}
    else:
        error = spread * math.sqrt(1 / n + test_to_train)
        p = 2 * stats.t.sf(abs(mean) / error, n - 1)
    half = stats.t.ppf(0.975, n - 1) * error
    return {"mean": mean, "estimate": mean, "p": p, "direction": int(numpy.sign(mean)),
            "lower": mean - half, "upper": mean + half}


def spreading(measure):
    """The measures by whose differences the least spread goes: a gap's are those of training too."""
    return {"accuracy", "f1" if measure == "f1" else "accuracy"}


def pair_means(differences):
    return sorted((a + b) / 2 for i, a in enumerate(differences) for b in differences[i:])


def inverted(differences, p):
    """All shifts that the signed-rank test doesn't refute: its ranks differ at the means of pairs."""
    means = pair_means(differences)
    ends = means[:1] + [m for before, m in zip(means, means[1:]) if m - before > 1e-10]
    kept = [(low, high) for low, high in zip(ends, ends[1:])
            if exact([d - (low + high) / 2 for d in differences]) > 0.05]
    low, high = kept[0][0], kept[-1][1]
    return (min(low, 0.0), max(high, 0.0)) if p > 0.05 else (low, high)


def rank_direction(differences):
    nonzero = [round(d, 12) for d in differences if abs(d) > 1e-12]
    ranks = stats.rankdata([abs(d) for d in nonzero])
    return int(numpy.sign(sum(r if d > 0 else -r for d, r in zip(nonzero, ranks))))


def no_ties(differences):
    sizes = [abs(d) for d in differences]
    return 0 not in sizes and len(set(sizes)) == len(sizes)


def exact(differences):
    """The signed-rank test by counting every choice of signs; zeros are left out."""
    # Equal up to rounding is equal: accuracies are multiples of one over the number of samples.
    nonzero = [round(d, 12) for d in differences if abs(d) > 1e-12]
    ranks = stats.rankdata([abs(d) for d in nonzero])
    middle = sum(ranks) / 2
    seen = abs(sum(r for d, r in zip(nonzero, ranks) if d > 0) - middle)
    sums = numpy.array([0.0])
    for rank in ranks:
        sums = numpy.concatenate([sums, sums + rank])
    return float(numpy.mean(abs(sums - middle) >= seen - 1e-9))


def main():
    table = values()
    places = list(dict.fromkeys(place for place, _ in table))
    activations = list(dict.fromkeys(activation for _, activation in table))
    scores, pairs = {}, {}
    for place in places:
        name = " ".join(place)
        scores[name] = {
            activation: {
                measure: {
                    "mean": numpy.mean([v[measure] for v in table[place, activation].values()]),
                    "sd": numpy.std(
                        [v[measure] for v in table[place, activation].values()], ddof=1
                    ),
                }
                for measure in MEASURES
            }
            for activation in activations
        }
        pairs[name] = {}
        for measure in MEASURES:
            sign = -1 if measure == "generalisation_gap" else 1
            own = table[place, SUBJECT]
            others = [a for a in activations if a != SUBJECT]
            found = []
            for other in others:
                def differences(of):
                    return [own[seed][of] - table[place, other][seed][of] for seed in sorted(own)]
                found.append(compare(
                    [sign * d for d in differences(measure)],
                    TEST_TO_TRAIN.get(place[0]), TEST_COUNT.get(place[0]),
                    [differences(m) for m in spreading(measure)],
                ))
            for comparison, adjusted in zip(found, holm([c["p"] for c in found])):
                comparison["adjusted_p"] = adjusted
            pairs[name][measure] = dict(zip(others, found))
    counts = {" ".join(p): len(table[p, SUBJECT]) for p in places}
    means = [[scores[" ".join(p)][a]["accuracy"]["mean"] for p in places] for a in activations]
    ranks = numpy.array([stats.rankdata([-m[i] for m in means]) for i in range(len(places))])
    friedman = stats.friedmanchisquare(*means)
    critical = stats.studentized_range.ppf(0.95, len(activations), numpy.inf) / math.sqrt(2)
    ranking = {
        "mean_ranks": dict(zip(activations, ranks.mean(axis=0))),
        "statistic": friedman.statistic,
        "p": friedman.pvalue,
        "critical_difference": critical
        * math.sqrt(len(activations) * (len(activations) + 1) / (6 * len(places))),
    }
    verdicts = {
        "gap": smaller_gap(pairs, counts),
        "wdbc-accuracy": {
            "wdbc ffnn": advantage(table, ("wdbc", "ffnn"), "accuracy", 0.002)},
        "wdbc-f1": {"wdbc ffnn": advantage(table, ("wdbc", "ffnn"), "f1", 0.002)},
    }
    print(json.dumps(
        {"scores": scores, "pairs": pairs, "ranking": ranking, "verdicts": verdicts}, indent=1))


def better(rivals, smallest):
    """On "better than each of these"."""
    if any(r["adjusted_p"] <= 0.05 and r["direction"] < 0 for r in rivals):
        return "contradicted"
    if all(r["adjusted_p"] <= 0.05 and r["direction"] > 0 for r in rivals):
        return "supported"
    return "not_supported" if smallest * len(rivals) <= 0.05 else "undecided"


def smaller_gap(pairs, counts):
    """By place."""
    return {
        place: better(
            measures["generalisation_gap"].values(),
            # The corrected t test has no smallest p.
            0 if place.split()[0] in TEST_TO_TRAIN else 2 / 2 ** counts[place],
        )
        for place, measures in pairs.items()
    }


def advantage(table, place, measure, size):
    """On "better by about so much than the mean of the others"."""
    own = table[place, SUBJECT]
    others = [trials for (p, name), trials in table.items() if p == place and name != SUBJECT]

    def differences(of):
        return [own[seed][of] - numpy.mean([trials[seed][of] for trials in others])
                for seed in sorted(own)]

    found = compare(
        differences(measure), TEST_TO_TRAIN[place[0]], TEST_COUNT[place[0]],
        [differences(m) for m in spreading(measure)],
    )
    if found["upper"] < size:
        return "contradicted"
    return "supported" if found["p"] <= 0.05 and found["lower"] > 0 else "not_supported"


main()
