"""Define-XML 2.1: what the tables of a submission hold, variable by variable and value by value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from carnet import __version__
from carnet.core.dataset import Dataset, Variable
from carnet.exchange.observation import observation_class
from carnet.exchange.terminology import Codelist

FIXED_TIME = "1970-01-01T00:00:00+00:00"
"""Written where the standard wants the moment of writing and none was given: the same trial gives the same bytes."""

TYPES = {"text": "text", "integer": "integer", "float": "float", "date": "date", "datetime": "datetime"}
SOURCES = {"Collected": "Investigator", "Derived": "Sponsor", "Assigned": "Sponsor", "Protocol": "Sponsor"}
VALUE_OF = {"FINDINGS": "ORRES", "BASIC DATA STRUCTURE": "AVAL"}
"""Which variable differs in meaning from row to row, by class of table."""


@dataclass(frozen=True)
class Standard:
    """An implementation guide or a release of controlled terminology that the tables follow."""

    name: str
    type: str
    version: str
    publishing_set: str = ""

    @property
    def oid(self) -> str:
        """The identifier within the file."""
        return "STD." + ".".join(filter(None, (self.name, self.publishing_set))).replace("/", "-")


@dataclass(frozen=True)
class Submission:
    """What one Define-XML file describes: tables of one standard, with what tells their meaning.

    `definitions` and `tables` bear the same names. `methods` says how a value was derived, by dataset and by what
    tells the rows apart (PARAMCD): the sentences of the definitions themselves.
    """

    study: str
    title: str
    protocol: str
    standards: tuple[Standard, ...]
    definitions: Mapping[str, Dataset]
    tables: Mapping[str, pl.DataFrame]
    codelists: Mapping[str, Codelist] = field(default_factory=dict)
    methods: Mapping[tuple[str, str], str] = field(default_factory=dict)
    created: str = FIXED_TIME


def define(submission: Submission, ending: str = "json") -> str:
    """Return the Define-XML 2.1 document; `ending` is that of the files which hold the tables."""
    return _Writer(submission, ending).document()


class _Writer:
    """Builds one document; what is met in a table (lists, methods, value lists) is collected on the way."""

    def __init__(self, submission: Submission, ending: str) -> None:
        import odmlib.define_2_1.model as model

        self.model: Any = model
        self.submission = submission
        self.ending = ending
        self.items: list[Any] = []
        self.lists: dict[str, Any] = {}
        self.methods: dict[str, Any] = {}
        self.value_lists: list[Any] = []
        self.clauses: list[Any] = []

    def document(self) -> str:
        """Return the whole document as text."""
        model, given = self.model, self.submission
        groups = [self.group(name, given.definitions[name]) for name in given.tables]
        version = model.MetaDataVersion(
            OID=f"MDV.{given.standards[0].name}", Name=f"{given.study}, {given.standards[0].name}",
            Description=f"Data definitions of {given.title}", DefineVersion="2.1.0",
        )  # fmt: skip
        version.Standards = model.Standards()
        version.Standards.Standard = [self.standard(standard) for standard in given.standards]
        version.ValueListDef, version.WhereClauseDef = self.value_lists, self.clauses
        version.ItemGroupDef, version.ItemDef = groups, self.items
        version.CodeList = list(self.lists.values())
        version.MethodDef = list(self.methods.values())
        names = model.GlobalVariables()
        names.StudyName = model.StudyName(_content=given.study)
        names.StudyDescription = model.StudyDescription(_content=given.title)
        names.ProtocolName = model.ProtocolName(_content=given.protocol)
        study = model.Study(OID=f"ST.{given.study}")
        study.GlobalVariables, study.MetaDataVersion = names, version
        root = model.ODM(
            FileType="Snapshot", FileOID=f"define.{given.study}.{given.standards[0].name}",
            CreationDateTime=given.created, ODMVersion="1.3.2", Context="Submission",
            SourceSystem="carnet", SourceSystemVersion=__version__,
        )  # fmt: skip
        root.Study = study
        return str(root.to_xml_string(xml_declaration=True))

    def description(self, text: str) -> Any:
        """Return a description in English."""
        held = self.model.Description()
        held.TranslatedText = [self.model.TranslatedText(_content=text, lang="en")]
        return held

    def standard(self, standard: Standard) -> Any:
        """Return one standard followed."""
        more = {"PublishingSet": standard.publishing_set} if standard.publishing_set else {}
        return self.model.Standard(
            OID=standard.oid, Name=standard.name, Type=standard.type, Version=standard.version, Status="Final", **more
        )  # fmt: skip

    def group(self, key: str, dataset: Dataset) -> Any:
        """Return a table: its class, structure, variables in order, and the file that holds it."""
        model, table = self.model, self.submission.tables[key]
        kind = observation_class(dataset)
        labels = {variable.name: variable.label for variable in dataset.variables}
        made = model.ItemGroupDef(
            OID=f"IG.{dataset.name}", Name=dataset.name, Repeating="No" if len(dataset.keys) < 2 else "Yes",
            Purpose="Tabulation" if self.submission.standards[0].name.startswith("SDTM") else "Analysis",
            SASDatasetName=dataset.name, Structure="One record per " + ", ".join(labels[k] for k in dataset.keys),
            StandardOID=self.submission.standards[0].oid, ArchiveLocationID=f"LF.{dataset.name}",
            **({"Domain": dataset.name} if "DOMAIN" in labels else {}),
            **({} if len(table) else {"HasNoData": "Yes"}),
        )  # fmt: skip
        made.Description = self.description(dataset.label)
        made.ItemRef = [
            self.variable(dataset, variable, place, table)
            for place, variable in enumerate(dataset.variables, start=1)
        ]
        made.Class = model.Class(Name=kind)
        made.leaf = model.leaf(ID=f"LF.{dataset.name}", href=f"{key}.{self.ending}")
        made.leaf.title = model.title(_content=f"{key}.{self.ending}")
        return made

    def variable(self, dataset: Dataset, variable: Variable, place: int, table: pl.DataFrame) -> Any:
        """Return the place of a variable in its table, and define the variable."""
        model, oid = self.model, f"IT.{dataset.name}.{variable.name}"
        column = table[variable.name]
        made = self.item(oid, variable, column, self.lists_of(dataset, variable, column))
        if values := self.values(dataset, variable, table):
            made.ValueListRef = model.ValueListRef(ValueListOID=values)
        self.items.append(made)
        more: dict[str, Any] = {}
        if variable.name in dataset.keys:
            more["KeySequence"] = dataset.keys.index(variable.name) + 1
        if variable.origin == "Derived":
            more["MethodOID"] = self.method(
                f"MT.{dataset.name}.{variable.name}", variable.label, variable.method
            )
        known = variable.name in dataset.keys and not column.has_nulls()
        return model.ItemRef(ItemOID=oid, OrderNumber=place, Mandatory="Yes" if known else "No", **more)

    def item(self, oid: str, variable: Variable, column: pl.Series, codelist: str) -> Any:
        """Return a variable: type, longest length met, label, origin, code list."""
        model = self.model
        made = model.ItemDef(
            OID=oid, Name=variable.name, DataType=TYPES[variable.type], SASFieldName=variable.name[:8], **_size(column)
        )  # fmt: skip
        made.Description = self.description(variable.label)
        if codelist:
            made.CodeListRef = model.CodeListRef(CodeListOID=codelist)
        source = SOURCES.get(variable.origin)
        origin = model.Origin(Type=variable.origin, **({"Source": source} if source else {}))
        if variable.origin == "Predecessor":
            origin.Description = self.description(variable.method or variable.name)
        made.Origin = [origin]
        return made

    def method(self, oid: str, name: str, text: str) -> str:
        """Return the identifier of a derivation, and define it."""
        if oid not in self.methods:
            made = self.model.MethodDef(OID=oid, Name=f"Derivation of {name}", Type="Computation")
            made.Description = self.description(text or name)
            self.methods[oid] = made
        return oid

    def lists_of(self, dataset: Dataset, variable: Variable, column: pl.Series) -> str:
        """Return the identifier of the code list of a variable, with the terms that the table holds; '' if none."""
        name = variable.codelist
        if not name or column.dtype != pl.String:
            return ""
        oid = f"CL.{dataset.name}.{variable.name}"
        known = self.submission.codelists.get(name)
        ct = next((standard.oid for standard in self.submission.standards if standard.type == "CT"), "")
        standard = {"StandardOID": ct} if known and known.code else {}
        more = standard if known else {"IsNonStandard": "Yes"}
        made = self.model.CodeList(
            OID=oid, Name=known.title if known else f"{variable.label} ({name})", DataType="text", **more
        )  # fmt: skip
        present = sorted(set(column.drop_nulls().to_list()))
        if not present:
            return ""
        if known and known.dictionary:
            made.ExternalCodeList = self.model.ExternalCodeList(
                Dictionary=known.dictionary, Version=known.version
            )
        else:
            made.EnumeratedItem = [self.term(value, known) for value in present]
        if known and known.code:
            made.Alias = [self.model.Alias(Context="nci:ExtCodeID", Name=known.code)]
        self.lists[oid] = made
        return oid

    def term(self, value: str, known: Codelist | None) -> Any:
        """Return a term; of a standard list, with its NCI code, or marked as an extension of it."""
        code = known.terms.get(value, "") if known else ""
        made = self.model.EnumeratedItem(
            CodedValue=value, **({"ExtendedValue": "Yes"} if known and not code else {})
        )
        if code:
            made.Alias = [self.model.Alias(Context="nci:ExtCodeID", Name=code)]
        return made

    def values(self, dataset: Dataset, variable: Variable, table: pl.DataFrame) -> str:
        """Return the identifier of the value list of a variable whose meaning another one tells; '' if it has none."""
        kind = observation_class(dataset)
        if not variable.name.endswith(VALUE_OF.get(kind, "\n")) or table.is_empty():
            return ""
        teller = (
            "PARAMCD"
            if kind == "BASIC DATA STRUCTURE"
            else f"{variable.name.removesuffix(VALUE_OF[kind])}TESTCD"
        )
        if teller not in table.columns:
            return ""
        model, oid = self.model, f"VL.{dataset.name}.{variable.name}"
        names = {"PARAMCD": "PARAM"}.get(teller, teller.removesuffix("CD"))
        refs = []
        told = table.group_by(teller, maintain_order=True).agg(pl.col(variable.name), pl.col(names).first())
        for place, (code, column, label) in enumerate(told.sort(teller).iter_rows(), start=1):
            item, clause = f"IT.{dataset.name}.{variable.name}.{code}", f"WC.{dataset.name}.{teller}.{code}"
            self.clauses.append(self.clause(clause, f"IT.{dataset.name}.{teller}", [code]))
            one = Variable(
                variable.name, label or code, _kind(column, variable.type), variable.origin, variable.method
            )
            self.items.append(self.item(item, one, pl.Series(column), ""))
            text = self.submission.methods.get((dataset.name, code), "")
            more = (
                {"MethodOID": self.method(f"MT.{dataset.name}.{code}", label or code, text)} if text else {}
            )
            ref = model.ItemRef(ItemOID=item, OrderNumber=place, Mandatory="No", **more)
            ref.WhereClauseRef = [model.WhereClauseRef(WhereClauseOID=clause)]
            refs.append(ref)
        made = model.ValueListDef(OID=oid)
        made.ItemRef = refs
        self.value_lists.append(made)
        return oid

    def clause(self, oid: str, item: str, values: Iterable[str]) -> Any:
        """Return the condition that an item is one of some values."""
        check = self.model.RangeCheck(Comparator="IN", SoftHard="Soft", ItemOID=item)
        check.CheckValue = [self.model.CheckValue(_content=value) for value in values]
        made = self.model.WhereClauseDef(OID=oid)
        made.RangeCheck = [check]
        return made


def _kind(values: list[Any], otherwise: str) -> str:
    """Return the type that these values have: text that is a number throughout counts as one."""
    texts = [value for value in values if value is not None]
    if otherwise != "text" or not texts:
        return otherwise
    numbers = pl.Series(texts, dtype=pl.String).cast(pl.Float64, strict=False)
    if numbers.null_count():
        return "text"
    return "float" if any("." in text for text in texts) else "integer"


def _size(column: pl.Series) -> dict[str, int]:
    """Return the length that Define-XML asks of text and numbers; dates have none."""
    if column.dtype.is_temporal():
        return {}
    text = column.drop_nulls().cast(pl.String)
    longest = int(text.str.len_chars().max() or 1) if len(text) else 1  # type: ignore[arg-type]
    if column.dtype.is_float():
        decimals = text.str.split(".").list.get(1, null_on_oob=True).str.len_chars().max() if len(text) else 0
        return {"Length": longest, "SignificantDigits": int(decimals or 0)}  # type: ignore[arg-type]
    return {"Length": max(longest, 1)}
