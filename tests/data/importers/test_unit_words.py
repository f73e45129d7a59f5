"""Units that headings and cells name, and what each is worth."""

from datetime import timedelta

import pytest

from data.importers.values.unit_words import is_money, is_other, is_reactive, unit_in, unit_of_cell
from data.units import SPELLINGS, factor, is_known


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Load [kW]", "kW"),
        ("Usage (kWh)", "kWh"),
        ("USAGE (KWH)", "kWh"),
        ("Usage {Kwh}", "kWh"),
        ("Energy (L2) (Wh)", "Wh"),
        ("Energy (Wh) (L2)", "Wh"),
        ("Active energy Wh (B)", "Wh"),
        ("Total load [MW] - zone 7", "MW"),
        ("Lastgang (1.204,311 kWh)", "kWh"),
        ("Lastgang (1204 kWh)", "kWh"),
        ("Verbrauch (in MWh)", "MWh"),
        ("Messwert in kWh", "kWh"),
        ("Energiemenge in kWh", "kWh"),
        ("Ertrag in W", "W"),
        ("Volume en L", "L"),
        ("Volume em L", "L"),
        ("Volume (L)", "L"),
        ("value_wh", "Wh"),
        ("power_w", "W"),
        ("Load MW", "MW"),
        ("water_l", "L"),
        ("Consumo_MWh", "MWh"),
        ("kWh.last_value", "kWh"),
        ("usageKWh", "kWh"),
        ("energyWh", "Wh"),
        ("verbrauchkwh", "kWh"),
        ("Verbrauch/kWh", "kWh"),
        ("kWh", "kWh"),
        ("m3", "m3"),
        ("Gallons", "gal"),
        ("Total gallons used", "gal"),
        ("Water (US gallons)", "gal"),
        ("Water use in cubic feet", "ft3"),
        ("Consommation (m³)", "m3"),
        ("Verbrauch m³", "m3"),
        ("Volume [㎥]", "m3"),
        ("Consumo (metri cubi)", "m3"),
        ("Consumo (mc)", "m3"),
        ("Consumo acqua mc", "m3"),
        ("Gas (Sm3)", "m3"),
        ("Kubikmeter", "m3"),
        ("Liter", "L"),
        ("Litri", "L"),
        ("Litros consumidos", "L"),
        ("Flow (lps)", "L/s"),
        ("Flow lpm", "L/min"),
        ("Flow (m3/h)", "m3/h"),
        ("Flow_m3h", "m3/h"),
        ("Q (m³/h)", "m3/h"),
        ("Production (MLD)", "ML/d"),
        ("Production (ML/d)", "ML/d"),
        ("Production (ML)", "ML"),
        ("Usage (KGAL)", "kgal"),
        ("Plant flow MGD", "Mgal/d"),
        ("Use (1000 gallons)", "kgal"),
        ("Use CCF", "ccf"),
        ("Use (HCF)", "ccf"),
        ("Volume (cbm)", "m3"),
        ("Volume (dl)", "dL"),
        ("Volume (hl)", "hL"),
        ("Heat (MJ)", "MJ"),
        ("Heat [GJ]", "GJ"),
        ("totalkWh", "kWh"),
        ("DeliveredKilowatts", "kW"),
        ("Volume (in 1000 m3)", None),
        ("Volume in thousand m3", None),
        ("Volume (100 L)", None),
        ("Battery charges (kWh)", "kWh"),
        ("CT1 energy (kWh)", "kWh"),
        ("Wert", None),
        ("Wattmeter", None),
        ("Total", None),
        ("L1", None),
        ("Phase L", None),
        ("L", None),
        ("Haus W", None),
        ("Phase A", None),
        ("Gateway GW", None),
        ("m", None),
        ("h", None),
        ("H1", None),
        ("Metering.TotWhOut", None),
        ("Energy (total)", None),
        ("Irradiance (W/m²)", None),
        ("Irradiance [W/m2]", None),
        ("Power (kWp)", None),
        ("Yield (kWh/kWp)", None),
        ("Energy (kWh/15min)", None),
        ("Wet bulb", None),
        ("MLD Code", None),
        ("Load (kvar)", None),
        ("Price (ct/kWh)", None),
        ("Cost per kWh", None),
        ("", None),
    ],
)
def test_the_unit_of_a_heading(name: str, unit: str | None) -> None:
    assert unit_in(name) == unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("[Wh]", "Wh"),
        ("(kWh)", "kWh"),
        ("l/s", "L/s"),
        ("in kWh", "kWh"),
        (" KWH ", "kWh"),
        ("m³", "m3"),
        ("0.5", None),
        ("kWh used", None),
        ("Status", None),
        ("", None),
    ],
)
def test_the_unit_of_a_cell(text: str, unit: str | None) -> None:
    assert unit_of_cell(text) == unit


@pytest.mark.parametrize(
    ("name", "reactive"),
    [
        ("Energy (kvarh)", True),
        ("Energy (VArh)", True),
        ("Power [kVA]", True),
        ("Power (var)", True),
        ("load_kvar", True),
        ("Blindarbeit", True),
        ("Energia reattiva", True),
        ("Énergie réactive", True),
        ("Apparent power", True),
        ("apparent_temperature", False),
        ("Energy (kWh)", False),
        ("Var", False),
        ("Active power (kW)", False),
    ],
)
def test_reactive_energy_is_told(name: str, reactive: bool) -> None:
    assert is_reactive(name) is reactive


@pytest.mark.parametrize(
    ("name", "money"),
    [
        ("Cost (EUR)", True),
        ("Cost", True),
        ("€", True),
        ("Total Charges", True),
        ("amount_eur", True),
        ("ct/kWh", True),
        ("Preis", True),
        ("Usage (kWh)", False),
        ("Centre flow", False),
        ("Kostenstelle", False),
        ("Volume (ft3)", False),
    ],
)
def test_money_is_told(name: str, money: bool) -> None:
    assert is_money(name) is money


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Temperature (°C)", True),
        ("Quality (%)", True),
        ("Voltage (V)", True),
        ("Gas (therms)", True),
        ("Usage (kWh)", False),
        ("Active energy Wh (A)", False),
        ("Usage (total)", False),
    ],
)
def test_units_of_something_else_are_told(name: str, other: bool) -> None:
    assert is_other(name) is other


GALLON = 231 * 0.0254**3  # cubic inches, by law
FOOT = 0.3048**3


@pytest.mark.parametrize(
    ("unit", "into", "hours", "expected"),
    [
        ("MJ", "kWh", None, 1 / 3.6),
        ("GJ", "kWh", None, 1000 / 3.6),
        ("J", "Wh", None, 1 / 3600),
        ("lps", "m3", 1, 3.6),
        ("lpm", "m3/h", None, 0.06),
        ("lph", "m3", 24, 0.024),
        ("m3h", "m3", 0.25, 0.25),
        ("m3/d", "m3", 24, 1),
        ("cbm", "m3", None, 1),
        ("cum", "L", None, 1000),
        ("mc", "m3", None, 1),
        ("Sm3", "m3", None, 1),
        ("MLD", "m3", 24, 1000),
        ("ML/d", "m3/h", None, 1000 / 24),
        ("ML", "m3", None, 1000),
        ("ml", "L", None, 0.001),
        ("MGD", "m3", 24, 1e6 * GALLON),
        ("KGAL", "m3", None, 1000 * GALLON),
        ("kgal/d", "m3", 24, 1000 * GALLON),
        ("Mgal", "m3", None, 1e6 * GALLON),
        ("US gallons", "m3", None, GALLON),
        ("imperial gallons", "L", None, 4.54609),
        ("GPM", "m3", 1, 60 * GALLON),
        ("gph", "m3", 1, GALLON),
        ("dl", "L", None, 0.1),
        ("hl", "L", None, 100),
        ("ft3", "m3", None, FOOT),
        ("CCF", "m3", None, 100 * FOOT),
        ("cfs", "m3", 1, 3600 * FOOT),
        ("cfm", "m3/h", None, 60 * FOOT),
        ("Litri", "m3", None, 0.001),
        ("metri cubi", "m3", None, 1),
        ("kilowatt hours", "kWh", None, 1),
    ],
)
def test_what_a_unit_is_worth(unit: str, into: str, hours: float | None, expected: float) -> None:
    step = None if hours is None else timedelta(hours=hours)
    assert factor(unit, into, step=step) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("written", sorted(SPELLINGS))
def test_every_spelling_is_of_a_known_unit_and_found_in_brackets(written: str) -> None:
    assert is_known(written)
    assert unit_in(f"Reading ({written})") == unit_of_cell(written) is not None
