"""Commands on a plain table: score, judge, grade, kinetics, describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from carnet.cli import app
from carnet.cli.options import (
    Baseline,
    Encoding,
    File,
    Order,
    Output,
    Settings,
    Subject,
    read_table,
    settings,
    warn,
    warn_absent,
    with_history,
    with_involvement,
)
from carnet.exchange import write


@app.command()
def score(
    instrument: Annotated[
        str, typer.Argument(help="sledai2k, bilag2004, pga, or a scale: crs, ice, icans, gvhd.")
    ],
    file: File,
    output: Output = None,
    set: Settings = None,
    subject: Subject = None,
    order: Order = None,
    baseline: Baseline = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Add an instrument's scores to a table.

    Example: `printf 'sledai_arthritis,sledai_rash\\n1,0\\n' | carnet score sledai2k -`
    """
    from carnet.cli.definitions import instrument as find

    definition = find(instrument).with_parameters(**settings(set))
    rows = read_table(file, encoding)
    table = with_history(rows, definition, subject, order, baseline)
    warn_absent(definition.inputs, table)
    scored = with_involvement(definition.score(table), definition, subject, order)
    write(scored.select(*rows.columns, *(s.id for s in definition.scores)), output)


@app.command()
def judge(
    criterion: Annotated[
        str,
        typer.Argument(
            help="sri4 to sri8, bicla, doris, lldas, tfr, sfi, iechs, ...; a wrong name lists them."
        ),
    ],
    file: File,
    output: Output = None,
    set: Settings = None,
    subject: Subject = None,
    order: Order = None,
    baseline: Baseline = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Add a criterion's verdict (true, false, empty = unknown), its parts, and the verdict with unknown as no.

    Example: `printf 'sledai2k_clinical,pga,prednisone,stable_treatment\\n0,0.3,5,Y\\n' | carnet judge doris -`
    """
    from carnet.cli.definitions import criterion as find
    from carnet.core.errors import InputError
    from carnet.criteria.imputation import non_responder

    rule = find(criterion).with_parameters(**settings(set))
    rows = read_table(file, encoding)
    imputed = f"{rule.id}_nri"
    if imputed in rows.columns:
        raise InputError(f"The table already has the column {imputed}; rename or drop it.")
    table = with_history(rows, rule, subject, order, baseline)
    warn_absent(rule.inputs, table)
    judged = rule.judge(table).with_columns(non_responder(rule))
    write(
        judged.select(*rows.columns, rule.id, imputed, *(name for name in rule.ids() if name != rule.id)),
        output,
    )


@app.command()
def grade(
    file: File,
    dm: Annotated[str | None, typer.Option(metavar="FILE", help="SDTM DM, for age and sex.")] = None,
    long: Annotated[
        bool, typer.Option("--long", help="A line per row and applicable CTCAE term, with reasons.")
    ] = False,
    output: Output = None,
    set: Settings = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Grade laboratory values and vital signs by CTCAE v5.0: SDTM LB or VS as it stands, or a plain table.

    A table of adverse events (SDTM AE) is given the code and the class of each CTCAE term instead; a grade that
    the term does not have is refused.

    Example: `printf 'test,specimen,value,unit,lln,uln\\nHGB,BLOOD,78,g/L,120,160\\n' | carnet grade -`
    """
    from carnet.safety import grading

    demography = read_table(dm, encoding) if dm else None
    chosen = settings(set)
    big = Path(file).suffix == ".parquet" and Path(file).is_file() and Path(file).stat().st_size > grading.BIG
    if big and not long and output is not None and output.suffix == ".parquet":
        from carnet.exchange.tables import refused, whole

        with whole(output) as beside, refused(Path(file)):
            said = grading.grade_parquet(Path(file), beside, demography, **chosen)
    else:
        graded, said = grading.grade_table(read_table(file, encoding), demography, long=long, **chosen)
        write(graded, output)
    for line in said:
        warn(line)


@app.command()
def kinetics(
    conc: Annotated[
        str, typer.Argument(metavar="CONC", help="SDTM PC, or subject, analyte, time, value, lloq, unit.")
    ],
    doses: Annotated[
        str | None, typer.Option(metavar="DOSES", help="SDTM EX, or subject, time, amount.")
    ] = None,
    output: Output = None,
    tmax: Annotated[str, typer.Option(help="Which of tied maxima: first or last.")] = "first",
    auc: Annotated[
        str, typer.Option(help="linear-up-log-down, linear or linear-log.")
    ] = "linear-up-log-down",
    blq: Annotated[
        str,
        typer.Option(
            help="Below quantification between quantifiable values: drop, zero, half, limit or a number."
        ),
    ] = "drop",
    window: Annotated[
        list[str] | None,
        typer.Option(metavar="START/END", help="AUC window, e.g. P0D/P28D. May be repeated."),
    ] = None,
    time_unit: Annotated[
        str, typer.Option(help="Unit of the times of plain tables: day, h, min. Days come out.")
    ] = "day",
    sensitivity: Annotated[
        bool,
        typer.Option(
            "--sensitivity", help="CMAX, TMAX and the areas under every rule of --blq, side by side."
        ),
    ] = False,
    set: Settings = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Estimate Cmax, Tmax and what belongs to them from cell levels in blood.

    Example: `printf 'subject,analyte,time,value,lloq,unit\\n1,CAR,1,500,50,copies/ug\\n' | carnet kinetics -`
    """
    from carnet.kinetics.nca import estimate
    from carnet.kinetics.sensitivity import compare

    choices: dict[str, Any] = {"tmax": tmax, "auc": auc, "blq": blq, **settings(set)}
    if sensitivity:
        choices.pop("blq")
    result, said = (compare if sensitivity else estimate)(
        read_table(conc, encoding),
        read_table(doses, encoding) if doses else None,
        windows=tuple(window or ()),
        time_unit=time_unit,
        **choices,
    )
    write(result, output)
    for line in said:
        warn(line)


@app.command()
def describe(
    id: Annotated[
        str,
        typer.Argument(
            help="An instrument, criterion, part, item, CDISC variable or CTCAE term: sri4, ADSL.SAFFL, Anemia."
        ),
    ],
    definitions: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The publisher's workbook of CTCAE v5.0, whose words are then shown."
        ),
    ] = None,
) -> None:
    """Say what a definition means: label, points, parameters, parts, source.

    Example: `carnet describe doris`
    """
    from carnet.cli.definitions import find
    from carnet.core.describe import describe as lines
    from carnet.exchange.definitions import read as official
    from carnet.safety.terms import Term

    words = official(definitions) if definitions else {}
    for definition in find(id):
        shown = list(lines(definition))
        if isinstance(definition, Term) and definition.code in words:
            shown += words[definition.code].described()
        sys.stdout.write("\n".join(shown) + "\n")


@app.command()
def code(
    file: File,
    meddra: Annotated[
        str, typer.Option(metavar="DIR", help="Your MedDRA release: the folder of its .asc files.")
    ],
    synonyms: Annotated[
        str | None, typer.Option(metavar="FILE", help="Your own wordings: the columns verbatim and llt.")
    ] = None,
    column: Annotated[
        str, typer.Option(metavar="COL", help="The column with the words of the site.")
    ] = "AETERM",
    output: Output = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Code adverse events by MedDRA: exact matches of current terms and your synonyms; the rest is left uncoded.

    Example: `carnet code ae.csv --meddra meddra/MedAscii -o coded.csv`
    """
    from carnet.exchange import meddra as release
    from carnet.safety import coding

    own = read_table(synonyms, encoding) if synonyms else None
    coded, said = coding.code(read_table(file, encoding), release.read(meddra, encoding), own, column)
    write(coded, output)
    for line in said:
        warn(line)
