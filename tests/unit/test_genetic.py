"""The genetic algorithm: each operator by itself, and whole searches on an objective that costs nothing."""

import logging
import math
import random
from collections import Counter
from itertools import pairwise

import pytest
from deap import tools
from in_space import in_space

from hpotrial.core.errors import BudgetSpent, ConfigurationError
from hpotrial.core.records import Cost, Generation, Trial, failed, incumbent
from hpotrial.core.space import Space, canonical
from hpotrial.methods.genetic import Genetic, converged
from hpotrial.search.adapters.deap import breed, drawing_from, slices, succession, uniform_mutation
from hpotrial.search.genome import Chromosome, Genome
from hpotrial.study.arms import check_options

ADDITIVE = Space.from_config({name: {"int": {"low": 0, "high": 9}} for name in "abcd"})
MIXED = Space.from_config(
    {
        "rate": {"float": {"low": 1e-4, "high": 1.0, "log": True}},
        "share": {"float": {"low": 0.0, "high": 0.5}},
        "width": {"int": {"low": 1, "high": 64, "log": True}},
        "word": {"choice": ["relu", None, True, 3]},
        "even": {"int": {"low": 2, "high": 10, "step": 2}},
        "only": {"choice": [32]},
    }
)
LAYERED = Space.from_config(
    {
        "layers": {"choice": [1, 2]},
        "width_1": {"choice": [4, 8]},
        "width_2": {"choice": [4, 8], "when": {"layers": [2]}},
    }
)


class CheapProblem:
    """What a search may ask of a problem, with a function of the configuration in the place of training."""

    def __init__(self, objective, space=ADDITIVE, seed=0):
        self.objective, self.space, self.search_seed = objective, space, seed
        self.trials, self.generations = [], []

    def evaluate(self, configuration):
        assert in_space(configuration, self.space)
        number = len(self.trials)
        try:
            score = self.objective(configuration)
        except ArithmeticError as error:
            self.trials.append(failed(number, configuration, Cost(), 1, error))
        else:
            self.trials.append(Trial(number, configuration, score, (score,), Cost(), 1))
        return self.trials[-1]

    def selected(self):
        return incumbent(self.trials)


def total(configuration):
    return sum(configuration.values()) / 36


def told(problem):
    return [(canonical(t.configuration), t.score) for t in problem.trials]


def chromosomes(scores):
    """A population with these scores, born in this order; a chromosome's one gene is its place."""
    made = []
    for place, score in enumerate(scores):
        one = Chromosome([place])
        one.score, one.born, one.configuration = score, place, {"a": place}
        made.append(one)
    return made


def select(scores, count, wheel="score"):
    population = chromosomes(scores)
    for one, part in zip(population, slices(scores, wheel), strict=True):
        one.slice = part
    return [one[0] for one in tools.selStochasticUniversalSampling(population, count, fit_attr="slice")]


def widths(scores, wheel="score"):
    return [part.values[0] for part in slices(scores, wheel)]


@pytest.fixture
def _drawing():
    with drawing_from(random.Random(5)):
        yield


# -- genes -----------------------------------------------------------------------------------------------------------


def test_a_gene_for_each_hyperparameter_that_has_a_choice():
    genome = Genome(MIXED)
    assert [gene.name for gene in genome.genes] == ["rate", "share", "width", "word", "even"]
    configuration = genome.configuration(Chromosome([0.01, 0.25, 7, 1, 4]))
    assert configuration == {"rate": 0.01, "share": 0.25, "width": 7, "word": None, "even": 10, "only": 32}


@pytest.mark.usefixtures("_drawing")
def test_genes_are_drawn_from_their_whole_range():
    genome = Genome(MIXED)
    drawn = [genome.configuration(genome.draw()) for _ in range(4000)]
    assert all(in_space(configuration, MIXED) for configuration in drawn)
    for name, values in (("word", ("relu", None, True, 3)), ("even", (2, 4, 6, 8, 10))):
        counts = Counter(configuration[name] for configuration in drawn)
        assert set(counts) == set(values)
        assert min(counts.values()) > 0.85 * 4000 / len(values)
    # uniform in the logarithm: as many below a range's geometric middle as above it
    assert sum(c["rate"] < 1e-2 for c in drawn) == pytest.approx(2000, abs=130)
    assert sum(c["share"] < 0.25 for c in drawn) == pytest.approx(2000, abs=130)
    assert {type(c["width"]) for c in drawn} == {int}
    assert sum(c["width"] == 1 for c in drawn) == pytest.approx(4000 * math.log(3) / math.log(129), abs=130)
    assert {1, 2, 64} <= {c["width"] for c in drawn}


def test_inactive_genes_are_carried_and_left_out_of_the_configuration():
    genome = Genome(LAYERED)
    chromosome = Chromosome([0, 1, 1])
    assert genome.configuration(chromosome) == {"layers": 1, "width_1": 8}
    chromosome[0] = 1
    assert genome.configuration(chromosome) == {"layers": 2, "width_1": 8, "width_2": 8}


def test_diversity_is_the_mean_hamming_distance_of_pairs():
    genome = Genome(LAYERED)

    def diversity(*rows):
        population = [Chromosome(row) for row in rows]
        for one in population:
            one.configuration = genome.configuration(one)
        return genome.diversity(population)

    assert diversity([0, 0, 0], [0, 0, 1]) == 0  # they differ in a gene that is not active
    assert diversity([1, 0, 0], [1, 0, 1]) == pytest.approx(1 / 3)
    assert diversity([0, 0, 0], [1, 0, 0]) == pytest.approx(2 / 3)  # in the layers, and in whether there is a width
    assert diversity([1, 0, 0], [1, 1, 0], [1, 1, 0]) == pytest.approx((1 / 3 + 1 / 3 + 0) / 3)
    assert diversity([1, 0, 0]) == 0


# -- the wheel -------------------------------------------------------------------------------------------------------


def test_slices_are_the_scores_where_these_are_positive():
    assert widths([0.2, 0.5, 0.3]) == [0.2, 0.5, 0.3]


@pytest.mark.parametrize(("scores", "wheel"), [([-3.0, -1.0, -2.0], "score"), ([0.95, 0.97, 0.96], "above_worst")])
def test_slices_above_the_worst(scores, wheel):
    worst, best, middle = widths(scores, wheel)
    assert 0 < worst < middle < best
    reach = max(scores) - min(scores)
    assert (worst, middle, best) == pytest.approx((reach / 3, reach / 3 + reach / 2, reach / 3 + reach))


def test_failed_chromosomes_have_no_slice_unless_all_failed():
    assert widths([0.5, -math.inf, 0.25]) == [0.5, 0.0, 0.25]
    assert widths([-0.5, -math.inf, -0.5]) == [1.0, 0.0, 1.0]
    assert widths([-math.inf] * 3) == [1.0] * 3


@pytest.mark.parametrize("scores", [[0.1, 0.4, 0.2, 0.3], [-5.0, -1.0, -9.0, -2.0], [0.3] * 4, [0.5, -math.inf, 0.5]])
@pytest.mark.usefixtures("_drawing")
def test_a_chromosome_is_selected_as_often_as_its_slice_holds_points(scores):
    shares = [12 * width / sum(widths(scores)) for width in widths(scores)]
    for _ in range(50):
        counts = Counter(select(scores, 12))
        assert all(math.floor(share) <= counts[place] <= math.ceil(share) for place, share in enumerate(shares))


@pytest.mark.usefixtures("_drawing")
def test_the_wheel_is_not_sorted():
    """The chosen come in the order of the wheel, which is the population's and not that of the scores."""
    assert select([1.0, 4.0, 2.0, 3.0], 10) == sorted(select([1.0, 4.0, 2.0, 3.0], 10))
    assert set(select([1.0, 4.0, 2.0, 3.0], 10)) == {0, 1, 2, 3}


# -- mutation and crossover ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_drawing")
def test_mutation_is_a_coin_and_redraws_one_gene():
    genes = Genome(Space.from_config({name: {"float": {"low": 0, "high": 1}} for name in "abc"})).genes
    redrawn = Counter()
    for _ in range(3000):
        (mutant,) = uniform_mutation(Chromosome([2.0, 2.0, 2.0]), genes, 0.5)
        changed = [place for place, allele in enumerate(mutant) if allele != 2.0]
        assert all(0 <= mutant[place] <= 1 for place in changed)
        redrawn[tuple(changed)] += 1
    assert set(redrawn) == {(), (0,), (1,), (2,)}
    assert redrawn[()] == pytest.approx(1500, abs=110)
    assert min(redrawn[(place,)] for place in range(3)) > 420


@pytest.mark.usefixtures("_drawing")
def test_a_coin_that_never_or_always_falls_on_heads():
    genes = Genome(MIXED).genes
    old = [200.0, 200.0, 200, 9, 9]
    assert all(uniform_mutation(Chromosome(old), genes, 0.0) == (old,) for _ in range(50))
    assert all(uniform_mutation(Chromosome(old), genes, 1.0) != (old,) for _ in range(50))


@pytest.mark.usefixtures("_drawing")
def test_children_are_crossed_at_one_point_and_parents_stay_as_they_are():
    class Toolbox:
        clone = staticmethod(lambda parent: Chromosome(parent))
        select = staticmethod(lambda population, count: (population * count)[:count])
        mate = staticmethod(tools.cxOnePoint)
        mutate = staticmethod(lambda child: (child,))

    zeros, ones = Chromosome([0] * 6), Chromosome([1] * 6)
    zeros.score = ones.score = 0.5
    cuts = set()
    for _ in range(100):
        children = breed([zeros, ones], 3, Toolbox, 1.0, "score")
        assert len(children) == 3
        for child in children:
            cuts.add(sum(before != after for before, after in pairwise(child)))
        assert breed([zeros, ones], 2, Toolbox, 0.0, "score") in ([zeros, ones], [ones, zeros])
    assert cuts == {0, 1}
    assert (zeros, ones) == ([0] * 6, [1] * 6)


# -- who leaves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leaving", "elite", "kept"),
    [
        ("oldest", [], [2, 3, 4]),
        ("oldest", [0], [0, 3, 4]),
        ("worst", [], [0, 2, 4]),
        ("worst", [3], [0, 3, 4]),
        ("worst", [1, 3, 2], [1, 2, 3]),
    ],
)
def test_the_oldest_or_the_worst_leave_but_never_the_elite(leaving, elite, kept):
    alive = chromosomes([0.9, 0.1, 0.5, -math.inf, 0.8])
    children = chromosomes([0.3, 0.4])
    after = succession(alive, children, [alive[place] for place in elite], leaving)
    assert [one[0] for one in after[:3]] == kept
    assert after[3:] == children


def test_equals_in_genes_are_not_taken_for_one_another():
    alive = chromosomes([0.5, 0.5, 0.5])
    for one in alive:
        one[0] = 7
    after = succession(alive, chromosomes([0.1]), [alive[0]], "oldest")
    assert [one.born for one in after[:2]] == [0, 2]


# -- whole searches --------------------------------------------------------------------------------------------------


def bests(problem):
    return [generation.best for generation in problem.generations]


def test_a_search_climbs_and_its_history_says_so():
    problem = CheapProblem(total)
    selection = Genetic(population=20, generations=25, patience=None, wheel="above_worst").search(problem)
    history = problem.generations
    assert [generation.number for generation in history] == list(range(26))
    assert history[-1].mean > history[0].mean + 0.15
    assert selection.score == max(bests(problem)) > 0.9
    first = [t.score for t in problem.trials[:20]]
    assert history[0].best == max(first)
    assert history[0].mean == pytest.approx(sum(first) / 20)
    assert history[0].spread == pytest.approx(math.sqrt(sum((s - history[0].mean) ** 2 for s in first) / 20))
    assert all(0 < generation.diversity <= 1 for generation in history)


@pytest.mark.parametrize("replaced", [None, 4])
@pytest.mark.parametrize("leaving", ["oldest", "worst"])
def test_elitism_keeps_the_best(replaced, leaving):
    falls = 0
    for seed in range(10):
        for elitism in (0, 1, 3):
            problem = CheapProblem(total, seed=seed)
            Genetic(replaced=replaced, leaving=leaving, elitism=elitism, mutation=1.0, patience=None).search(problem)
            course = bests(problem)
            if elitism:
                assert course == sorted(course)
            falls += course != sorted(course)
    # without an elite the best is lost now and then; where only the worst leave it cannot be
    assert (falls > 0) == (replaced is None or leaving == "oldest")


def test_no_configuration_is_evaluated_twice(caplog):
    space = Space.from_config({name: {"choice": [0, 1, 2]} for name in "ab"})
    problem = CheapProblem(lambda c: 0.1 + c["a"] + c["b"], space)
    with caplog.at_level(logging.INFO):
        Genetic(patience=None).search(problem)
    seen = [key for key, _ in told(problem)]
    assert len(set(seen)) == len(seen) <= 9
    assert int(caplog.text.split(" configurations met again")[0].split()[-1]) == 10 + 8 * 9 - len(seen)
    assert len(problem.generations) == 9


def test_a_search_ends_with_its_evaluations():
    problem = CheapProblem(total)
    Genetic(evaluations=25, patience=None, generations=50).search(problem)
    assert len(problem.trials) == 25
    assert 2 < len(problem.generations) < 10


def test_a_search_ends_when_nothing_gets_better():
    problem = CheapProblem(lambda configuration: 0.5)
    Genetic(patience=3, generations=50).search(problem)
    assert len(problem.generations) == 1 + 3


def test_a_search_ends_when_all_are_alike():
    problem = CheapProblem(total)
    Genetic(mutation=0.0, patience=40, generations=200, population=6).search(problem)
    assert problem.generations[-1].diversity == 0
    assert all(generation.diversity > 0 for generation in problem.generations[:-1])


def test_convergence_looks_at_the_best_ever():
    def history(*course):
        return [Generation(n, best, 0.1, 0.1, 0.5) for n, best in enumerate(course)]

    assert not converged(history(0.5), 1)
    assert converged(history(0.5, 0.5), 1)
    assert not converged(history(0.5, 0.5), 2)
    assert not converged(history(0.5, 0.6, 0.5), 2)
    assert converged(history(0.7, 0.5, 0.6), 2)
    assert converged(history(math.nan, math.nan), 1)
    assert not converged(history(math.nan, 0.1), 1)


def test_failures_are_gone_through():
    def objective(configuration):
        if configuration["a"] < 5:
            raise ArithmeticError("broke")
        return total(configuration)

    problem = CheapProblem(objective)
    selection = Genetic(population=12, patience=None).search(problem)
    assert selection.ok
    assert any(t.failed for t in problem.trials)
    early, late = problem.trials[:12], problem.trials[-12:]
    assert sum(t.failed for t in late) < sum(t.failed for t in early)
    assert all(math.isfinite(generation.mean) for generation in problem.generations)


def test_a_search_in_which_all_fails_selects_nothing():
    problem = CheapProblem(lambda configuration: 1 / 0)
    assert Genetic().search(problem) is None
    assert problem.trials
    assert problem.generations == []


def test_a_spent_budget_passes_through():
    def objective(configuration):
        if len(problem.trials) == 15:
            raise BudgetSpent
        return total(configuration)

    problem = CheapProblem(objective)
    with pytest.raises(BudgetSpent):
        Genetic().search(problem)
    assert [generation.number for generation in problem.generations] == [0]


def test_same_seed_same_trials_whatever_a_fit_does_to_the_global_numbers():
    def reseeding(configuration):
        random.seed(1)
        return total(configuration)

    runs = [CheapProblem(total), CheapProblem(total), CheapProblem(reseeding)]
    for problem, before in zip(runs, (3, 4, 5), strict=True):
        random.seed(before)
        Genetic().search(problem)
    assert told(runs[0]) == told(runs[1]) == told(runs[2])
    other = CheapProblem(total, seed=1)
    Genetic().search(other)
    assert told(other) != told(runs[0])


def test_the_global_random_numbers_are_left_as_they_were():
    random.seed(11)
    before = random.getstate()
    Genetic().search(CheapProblem(total))
    assert random.getstate() == before


def test_conditional_spaces_are_searched_whole():
    problem = CheapProblem(lambda c: 0.1 + c["layers"] * c["width_1"] + c.get("width_2", 0), LAYERED)
    selection = Genetic(patience=None, generations=15).search(problem)
    assert selection.configuration == {"layers": 2, "width_1": 8, "width_2": 8}
    assert {len(t.configuration) for t in problem.trials} == {2, 3}


# -- before the search -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population": 1, "elitism": 0}, "population: must be at least 2, not 1"),
        ({"elitism": -1}, "elitism: must be at least 0, not -1"),
        ({"replaced": 0}, "replaced: must be at least 1, not 0"),
        ({"mutation": 1.5}, "mutation: must be at most 1, not 1.5"),
        ({"crossover": -0.1}, "crossover: must be at least 0, not -0.1"),
        ({"generations": 0}, "generations: must be at least 1, not 0"),
        ({"patience": 0}, "patience: must be at least 1, not 0"),
    ],
)
def test_numbers_out_of_bounds_are_refused_in_one_line(options, message):
    with pytest.raises(ConfigurationError, match=f"^an arm.{message}$"):
        check_options("an arm", "genetic", options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"elitism": 10}, "elitism must be below the population of 10"),
        ({"replaced": 11}, "replaced must be from 1 to the population of 10"),
        ({"crossover": 0.0, "mutation": 0.0}, "no new configuration could arise"),
        ({"evaluations": 9}, "evaluations must be at least the population of 10"),
    ],
)
def test_settings_that_cannot_work_together_are_refused_in_one_line(options, message):
    check_options("an arm", "genetic", options)
    with pytest.raises(ConfigurationError, match=message) as caught:
        Genetic(**options).check(ADDITIVE)
    assert str(caught.value).startswith("genetic: ")
    assert "\n" not in str(caught.value)


def test_a_space_with_one_gene_cannot_be_crossed():
    space = Space.from_config({"a": {"choice": [1, 2, 3]}, "b": {"choice": [1]}})
    with pytest.raises(ConfigurationError, match="two hyperparameters with more than one value"):
        Genetic().check(space)
    Genetic(crossover=0.0).check(space)
    problem = CheapProblem(lambda c: float(c["a"]), space)
    assert Genetic(crossover=0.0).search(problem).configuration["a"] == 3


def test_settings_that_can_work_are_let_through():
    Genetic().check(ADDITIVE)
    Genetic(population=2, replaced=1, elitism=1, evaluations=2, patience=None).check(MIXED)


@pytest.mark.parametrize(
    ("options", "trials"),
    [
        ({}, 10 + 8 * 9),
        ({"elitism": 0, "generations": 3}, 40),
        ({"replaced": 4, "population": 12}, 12 + 8 * 4),
        ({"evaluations": 33}, 33),
    ],
)
def test_the_plan_is_an_upper_bound(options, trials):
    budget = Genetic(**options).plan(ADDITIVE, 5)
    assert (budget.trials, budget.epochs) == (trials, 5 * trials)
    problem = CheapProblem(total)
    Genetic(**options).search(problem)
    assert len(problem.trials) <= trials


def test_the_plan_has_no_more_trials_than_there_are_configurations():
    assert Genetic(population=50).plan(LAYERED, 5).trials == 6


def test_one_generation_more_is_that_many_children_more():
    short, long = (CheapProblem(total) for _ in range(2))
    Genetic(generations=2, patience=None).search(short)
    Genetic(generations=3, patience=None).search(long)
    assert told(long)[: len(short.trials)] == told(short)
    assert long.generations[:-1] == short.generations
