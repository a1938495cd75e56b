"""The filter grammar: what is taken, what is refused and how it is said."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.core.errors import Invalid
from cuvee.tracking import filters
from cuvee.tracking.conditions import Aggregate, Compared, Entity, Every, Exists, Not, Some
from cuvee.tracking.errors import BadFilter
from cuvee.tracking.vocabulary import EXPERIMENTS, RUNS

LOSS = Compared(entity=Entity.METRIC, key="loss", operator="<", value=1)
LR = Compared(entity=Entity.PARAM, key="lr", operator="=", value="0.1")
STAGE = Exists(entity=Entity.TAG, key="stage")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", None),
        ("metrics.loss < 1", LOSS),
        ("metric.`loss`<1", LOSS),
        ('`metrics`."loss" < 1', LOSS),
        ("params.lr = '0.1'", LR),
        ('parameters.lr="0.1"', LR),
        ("metrics.loss < 1 and params.lr = '0.1'", Every((LOSS, LR))),
        ("metrics.loss < 1 OR params.lr = '0.1' AND tags.stage IS NOT NULL", Some((LOSS, Every((LR, STAGE))))),
        (
            "(metrics.loss < 1 OR params.lr = '0.1') AND NOT tag.stage is null",
            Every((Some((LOSS, LR)), Not(Not(STAGE)))),
        ),
        ("tags.stage IS NULL", Not(STAGE)),
    ],
)
def test_a_filter_is_read(text: str, meaning: object):
    assert filters.parse(text, RUNS) == meaning


@pytest.mark.parametrize(
    ("text", "key", "operator", "value"),
    [
        ("tags.mlflow.source.type LIKE 'a%'", "mlflow.source.type", "LIKE", "a%"),
        ("tags.`a b` ilike 'x'", "a b", "ILIKE", "x"),
        ("params.note = 'it''s'", "note", "=", "it's"),
        ("params.android = 'AND'", "android", "=", "AND"),
        ("metrics.val/loss-2 >= -1.5e-3", "val/loss-2", ">=", -0.0015),
        ("run_id IN ('a', 'b')", "run_id", "IN", ("a", "b")),
        ("attributes.run_id NOT IN ('a')", "run_id", "NOT IN", ("a",)),
        ("status IN ('FAILED', 'KILLED', 'FAILED')", "status", "IN", ("FAILED", "KILLED")),
        ("metrics.loss NOT IN (1, 2.5)", "loss", "NOT IN", (1, 2.5)),
        ("params.lr in ('0.1')", "lr", "IN", ("0.1",)),
        ("duration IN (5)", "duration", "IN", (5,)),
        ("created > 5", "start_time", ">", 5),
        ("`Run name` = 'x'", "run_name", "=", "x"),
        ("datasets.name <> 'x'", "name", "!=", "x"),
    ],
)
def test_a_comparison_is_read(text: str, key: str, operator: str, value: object):
    read = filters.parse(text, RUNS)

    assert isinstance(read, Compared)
    assert (read.key, read.operator, read.value) == (key, operator, value)


@pytest.mark.parametrize(
    ("name", "key", "aggregate", "is_doubtful"),
    [
        ("metrics.loss", "loss", Aggregate.LAST, False),
        ("metrics.loss.min", "loss", Aggregate.MIN, True),
        ("metrics.val.loss.count", "val.loss", Aggregate.COUNT, True),
        ("metrics.min", "min", Aggregate.LAST, False),
        ("metrics.loss.minimum", "loss.minimum", Aggregate.LAST, False),
        ("metric.`loss.min`", "loss.min", Aggregate.LAST, False),
        ("metrics.`loss.min`.max", "loss.min", Aggregate.MAX, False),
        ('metrics."a b".mean', "a b", Aggregate.MEAN, False),
    ],
)
def test_a_metric_may_be_meant_by_what_its_values_come_to(name: str, key: str, aggregate: str, is_doubtful: bool):
    read = filters.parse(f"{name} > 0", RUNS)
    (order,) = filters.orders([f"{name} DESC"], RUNS)

    assert isinstance(read, Compared)
    assert (read.key, read.aggregate, read.is_doubtful) == (key, aggregate, is_doubtful)
    assert (order.key, order.aggregate, order.is_doubtful) == (key, aggregate, is_doubtful)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo.x = 1", "Invalid entity type 'foo'."),
        ("metrics.x = 'a'", "Expected numeric value type for metric. Found 'a'"),
        ("params.x = 5", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5"),
        ("params.x = five", "Parameter value is either not quoted"),
        ("attribute.colour = 'red'", "Invalid attribute key 'colour' specified."),
        ("metrics.x LIKE 5", "Invalid comparator 'LIKE' not one of"),
        ("params.x > 'a'", "Invalid comparator '>' not one of"),
        ("metrics.x IN ('a')", "Expected numeric value type for metric. Found 'a'"),
        ("metrics.x NOT IN ()", "expected a non-empty list of numbers, but got empty list"),
        ("params.x IN (5)", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5"),
        ("metrics.`x`.median = 1", "A metric has no aggregate 'median'. Valid aggregates are ['count', 'last', 'max'"),
        ("params.`x`.min = 'a'", "Only a metric has an aggregate, a parameter has no '.min'."),
        ("metrics.x IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params"),
        ("run_id IN ()", "While parsing a list in the query, expected a non-empty list"),
        ("metrics.x = 1; DROP TABLE runs", "Invalid clause(s) in filter string"),
        ("metrics.x", "Invalid clause(s) in filter string"),
        ("metrics.x = 1 AND", "Invalid clause(s) in filter string"),
        ("(" * 2000 + "metrics.x = 1" + ")" * 2000, "at most 50 parentheses"),
        ("metrics.x = 1 AND " * 300 + "metrics.x = 1", "at most 200 comparisons"),
        ("x" * 30_000, "at most 20000 characters"),
        ("params.x = '\0'", "none of them is NUL"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_in_words(text: str, said: str):
    with pytest.raises(Invalid, match=re.escape(said)):
        filters.parse(text, RUNS)


@given(st.text(alphabet="metricspataguNOTANDORINLKE.`'\"()<>=!, 0159\n", max_size=60))
def test_whatever_is_sent_is_read_or_refused(text: str):
    for words in (RUNS, EXPERIMENTS):
        with contextlib.suppress(Invalid):
            filters.parse(text, words)


@pytest.mark.parametrize(
    "text", ["", "a b c", "metrics.x sideways", "foo.x", "colour", "datasets.name", "\0", "`", "  "]
)
def test_an_order_that_cannot_be_is_refused(text: str):
    with pytest.raises(Invalid):
        filters.orders([text], RUNS)


@pytest.mark.parametrize("text", ["metrics.`a b` DESC", 'metrics."a b" desc', "  metric.`a b`   desc "])
def test_an_order_is_read(text: str):
    (order,) = filters.orders([text], RUNS)

    assert (order.entity, order.key, order.is_rising) == (Entity.METRIC, "a b", False)


@pytest.mark.parametrize(
    ("text", "word", "hint"),
    [
        ("metrix.a < 1", "metrix.a", ""),
        ("params.a = 'x' AND metrics.loss < abc", "abc", ""),
        ("metrics.a < 1 AND params.b > 'x'", ">", ""),
        ("metrics.a < 1 metrics.b > 2", "metrics.b", "AND, OR or the end"),
        ("metrics.a ! 3", "!", "A comparison"),
        ("params.x = 'abc", "'abc", "A value"),
        ("(metrics.a < 1", "", "A closing parenthesis"),
        ("metrics.a <  ", "", "A value"),
        (") ", ")", "A name"),
    ],
)
def test_a_refusal_says_which_word_is_wrong_and_what_would_fit(text: str, word: str, hint: str):
    with pytest.raises(BadFilter) as refused:
        filters.parse(text, RUNS)

    assert refused.value.span is not None
    assert text[slice(*refused.value.span)] == word
    assert refused.value.hint.startswith(hint)
    assert bool(refused.value.hint) == bool(hint)
