"""compassess.bank.testdesign and .r_condition: constraint files of another package, row by row."""

from __future__ import annotations

from pathlib import Path

import banks
import pytest

from compassess.bank import Admitted, Constraint, ItemBank, TestDesignContent, with_testdesign_attributes
from compassess.bank.r_condition import parsed
from compassess.errors import InputError

ATTRIBUTES = """ID,STID,Level,Type,Words,PTBIS
i00,s1,3,MC,20,0.3
i01,s1,4,MC,30,0.1
i02,NA,3,CR,40,0.2
i03,,5,CR,50,NA
"""


def bank_with(tmp_path: Path, text: str = ATTRIBUTES) -> ItemBank:
    """Four items with the attributes of a file."""
    path = tmp_path / "attributes.csv"
    path.write_text(text, encoding="utf-8")
    return with_testdesign_attributes(banks.one_block(4), path)


def read(
    tmp_path: Path, *rows: str, header: str = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF"
) -> TestDesignContent:
    """What a constraint file of these rows says."""
    path = tmp_path / "constraints.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return TestDesignContent.read(path, bank_with(tmp_path))


def only(found: TestDesignContent) -> Constraint:
    """The one constraint of a file without unsupported rows."""
    assert found.unsupported == ()
    (one,) = found.constraints
    return one


def test_attributes_and_stimuli(tmp_path: Path) -> None:
    """Numbers are numbers, NA and empty values are absent, STID is the stimulus, names are in capitals."""
    bank = bank_with(tmp_path)
    assert bank.item("i00").attributes == {"LEVEL": 3, "TYPE": "MC", "WORDS": 20, "PTBIS": 0.3}
    assert "PTBIS" not in bank.item("i03").attributes
    assert [item.stimulus for item in bank.items] == ["s1", "s1", None, None]


def test_faults_of_attributes(tmp_path: Path) -> None:
    """Unknown items and items twice are told together; a missing column, a ragged row and no file by themselves."""
    with pytest.raises(InputError) as caught:
        bank_with(tmp_path, "ID,A\ni00,1\ni00,2\nx,3\n")
    assert [one.where for one in caught.value.problems] == [
        "attributes.csv row 3 ID",
        "attributes.csv row 4 ID",
    ]
    for text, told in (("A\n1\n", "no column ID"), ("ID,A\ni00\n", "one value for every column")):
        with pytest.raises(InputError, match=told):
            bank_with(tmp_path, text)
    with pytest.raises(InputError, match="cannot be read"):
        with_testdesign_attributes(banks.one_block(4), tmp_path / "none.csv")


def test_conditions_that_list_values_stay_conditions(tmp_path: Path) -> None:
    """== and %in% on different attributes are attributes of the filter."""
    one = only(read(tmp_path, 'C1,Number,Item,"LEVEL %in% c(3, 4) & TYPE == ""MC""",1,2,'))
    assert (one.kind, one.minimum, one.maximum) == ("count", 1, 2)
    assert one.items.attributes == {"LEVEL": Admitted(values=(3, 4)), "TYPE": Admitted(values=("MC",))}


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("WORDS >= 30", ("i01", "i02", "i03")),
        ("PTBIS < 0.15", ("i01",)),
        ("is.na(PTBIS)", ("i03",)),
        ("!is.na(PTBIS) & LEVEL == 3", ("i00", "i02")),
        ("!(LEVEL == 3)", ("i01", "i03")),
        ("LEVEL == 3 | WORDS > 40", ("i00", "i02", "i03")),
        ("LEVEL == 3 | LEVEL == 5 & TYPE == 'CR'", ("i00", "i02", "i03")),
        ("(LEVEL == 3 | LEVEL == 5) & TYPE == 'CR'", ("i02", "i03")),
        ("PTBIS != 0.3", ("i01", "i02")),
        ('LEVEL == "3" & LEVEL < 4', ("i00", "i02")),
        ('ID %in% c("i00", "i03")', ("i00", "i03")),
    ],
)
def test_other_conditions_are_the_items_that_they_mean(
    tmp_path: Path, condition: str, ids: tuple[str, ...]
) -> None:
    """& binds before |, and what is missing is neither true nor false, as in R."""
    quoted = condition.replace('"', '""')
    assert only(read(tmp_path, f'C1,Number,Item,"{quoted}",1,2,')).items.ids == ids


def test_every_type_that_there_is(tmp_path: Path) -> None:
    """Numbers of items and stimuli, by set and by value; sums; include, exclude, enemies, all or none."""
    found = read(
        tmp_path,
        "C1,Number,Item,,2,2,",
        "C2,Number,Stimulus,,1,1,ON",
        "C3,Number,Item,Per Stimulus,1,2,",
        "C4,Number,Item,LEVEL,0,2,",
        "C5,Sum,Item,WORDS,50,60,",
        'C6,Sum,Item,"WORDS, TYPE == ""MC""",10,10,',
        "C7,Average,Item,WORDS,20,30,",
        'C8,Enemy,Item,"ID %in% c(""i00"", ""i01"")",,,',
        'C9,Include,Item,"LEVEL == 5",,,',
        "C10,Exclude,Item,PTBIS < 0.15,,,",
        'C11,AllOrNone,Item,"ID %in% c(""i02"", ""i03"")",,,',
        "C12,Order,Item,LEVEL,,,OFF",
    )
    assert found.unsupported == ()
    kinds = {one.id: (one.kind, one.attribute, one.minimum, one.maximum) for one in found.constraints}
    assert kinds == {
        "C1": ("count", None, 2, 2),
        "C2": ("stimuli", None, 1, 1),
        "C3": ("per_stimulus", None, 1, 2),
        "C4 (3)": ("count", None, 0, 2),
        "C4 (4)": ("count", None, 0, 2),
        "C4 (5)": ("count", None, 0, 2),
        "C5": ("sum", "WORDS", 50, 60),
        "C6": ("sum", "WORDS", None, 10),
        "C7": ("sum", "WORDS", 40, 60),
        "C8": ("enemies", None, None, None),
        "C9": ("include", None, None, None),
        "C10": ("exclude", None, None, None),
        "C11": ("all_or_none", None, None, None),
    }
    by_id = {one.id: one.items.ids for one in found.constraints}
    assert by_id["C9"] == ("i03",)
    assert by_id["C10"] == ("i01",)


def test_what_is_not_supported_is_told_row_by_row(tmp_path: Path) -> None:
    """Each row has its place and the reason; the others are read."""
    found = read(
        tmp_path,
        "1,Order,Item,LEVEL,,,",
        "2,Number,Stimulus,LEVEL == 3,1,1,",
        "3,Number,Item,COLOUR == 3,1,1,",
        "4,Number,Item,LEVEL == 9,1,1,",
        "5,Number,Item,LEVEL == ,1,1,",
        "6,Number,Item,LEVEL == 3 3,1,1,",
        "7,Number,Item,LEVEL = 3,1,1,",
        "8,Number,Item,LEVEL == 3,a,1,",
        "9,Number,Item,LEVEL == 3,2,1,",
        "10,Sum,Item,PTBIS,1,2,",
        "11,Mean,Item,WORDS,1,2,",
        "12,Spread,Item,WORDS,1,2,",
        "13,Include,Item,,,,",
        "14,Number,Item,LEVEL == 3,1,2,",
        header="CONSTRAINT,TYPE,WHAT,CONDITION,LB,UB,ONOFF",
    )
    assert [one.id for one in found.constraints] == ["14"]
    assert [one.where for one in found.unsupported] == [f"constraints.csv row {n}" for n in range(2, 15)]
    assert all(one.what.startswith("not supported: ") for one in found.unsupported)
    assert "ordered" in found.unsupported[0].what
    assert "'COLOUR'" in found.unsupported[2].what


@pytest.mark.parametrize(
    "text", ["", "LEVEL", "system('x')", "LEVEL == f(3)", "3 == LEVEL", "(LEVEL == 3", "WORDS < 'a'"]
)
def test_expressions_beyond_the_grammar_are_refused(text: str) -> None:
    """Nothing is evaluated; what the grammar does not have is refused with a sentence."""
    with pytest.raises(ValueError, match=r"expected|cannot be read|no comparison"):
        parsed(text)
