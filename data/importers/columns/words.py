"""What utilities and devices call things: words of headings, in the languages of their customers.

All are folded (lower case, no accents) and match whole words; those with a blank match in sequence.
"""

FEED_IN = frozenset(
    "export exported exports feed feedin returned return retour teruglevering teruggeleverd"
    " invoeding ingevoed einspeisung eingespeist einspeiser ruckspeisung rucklieferung"
    " ruckgespeist ueberschuss uberschuss netzeinspeisung injection injectee injecte surplus"
    " vertido vertida excedente excedentes inyectada inyeccion immissione immessa immesso"
    " immessi ceduta cedida salida injetada overskud innmating inmatning nettinnmating solgt"
    " salt generacion eksport oddana wyprodukowana dodavka kisszallitott netexport sellback"
    " outflow sold injectie oddanie oddano oddanej wprowadzona wprowadzonej kiadott"
    " visszataplalas toitata saliente injecao received exportada exportado abgabe abgegeben"
    " abgegebene betaplalas predana surplus_generation".split()
)
PRODUCTION = frozenset(
    "production produced produktion productie opwek opgewekt erzeugung erzeugt erzeugte"
    " generation generated pv solar zon sonne yield ertrag produccion produzione prodotta"
    " prodotto autoconsumo eigenverbrauch selfconsumption produksjon producao photovoltaic"
    " photovoltaik inverter".split()
)
STORAGE = frozenset("battery batterie batterij akku bateria charge discharge charging soc".split())
COUNTER = frozenset(
    "stand zahlerstand zaehlerstand meterstand tellerstand meterstanden counter cumulative"
    " cumul index totaliser totalizer odometer lettura letture lectura kumuliert standen"
    " zahlerstande mittarilukema total_increasing indice cumule cumulee cumulato cumulata"
    " acumulado acumulada accumulated totalizador".split()
)
CONSUMPTION = frozenset(
    "consumption consumed usage used use demand load import imported imports bezug netzbezug"
    " strombezug verbrauch gesamtverbrauch verbruik verbruikt afname afgenomen levering"
    " geleverd purchased consumo consumida consumido prelievo prelevata prelevato prelevati"
    " assorbita soutirage soutiree consommation consommee forbruk forbrug forbrukning kulutus"
    " zuzycie pobrana spotreba fogyasztas delivered uttag entnahme wasserverbrauch"
    " stromverbrauch consumicao intake inflow verbrauchswert bezogen bezogene energiebezug"
    " pobor pobrano pobranej entrante vetelezett vetelezes tarbimine eigenbedarf importada"
    " importado preuzeta prejeta".split()
)
RATES = frozenset(
    "power leistung wirkleistung puissance potenza potencia vermogen effekt teho moc vykon"
    " wattage demand demanda totaldemand flowrate durchfluss debit portata caudal debiet p".split()
)
HOUSE = frozenset("home house haus hausverbrauch huis logement vivienda mains".split())
"""With a unit, what all of a house takes."""
CONSUMPTION_ENDS = (
    "verbrauch", "bezug", "verbruik", "forbruk", "forbrug", "forbrukning", "kulutus", "afname",
)  # fmt: skip
FEED_IN_ENDS = ("einspeisung", "rucklieferung", "ruckspeisung", "teruglevering", "invoeding")
"""How German, Dutch and Nordic words end that say so: Hausverbrauch, Netzbezug."""
DERIVED = frozenset(
    "minus net netto saldo balance difference differenz verschil cumulated savings saved"
    " baseline average avg mean min minimum max maximum peak_demand forecast predicted"
    " expected target".split()
)
FORECAST = frozenset(
    "forecast predicted prediction expected target baseline prognose prevision previsione"
    " pronostico planned geplant budget similar efficient neighbors neighbours average_home".split()
)
CHANGES = frozenset("change delta increment increments diff delta_kwh change_kwh".split())
"""What counts rose by: alone they are the whole name."""
NET = frozenset("net netto".split())
TARIFF = frozenset(
    "t1 t2 t3 t4 low lo high hi normal dal laag hoog normaal piek peak offpeak off shoulder"
    " ht nt hc hp hph hch hcb hpb hcj hpj hcw hpw hcr hpr hochtarif niedertarif tag nacht day"
    " night dag valle punta llano vazio cheias ponta f1 f2 f3 p1 p2 p3 p4 p5 p6 tariff tarief"
    " tarif tarifa tariffa rate heures creuses pleines pleine creuse fascia periodo poste"
    " dalurentarief normaaltarief laagtarief hoogtarief daltarief dutch users e1 e2 on onpeak"
    " mid midpeak super critical nocna dzienna".split()
)
PHASE = frozenset("l1 l2 l3 phase ph1 ph2 ph3 phasea phaseb phasec phase1 phase2 phase3".split())
TOTAL = frozenset("total totaal gesamt summe sum totale suma somme sammanlagt".split())

OTHER_COMMODITY = {
    "electricity": frozenset("gas water wasser eau agua acqua heat warmte warme teplo".split()),
    "water": frozenset("gas electricity electric strom elektriciteit heat warme warmte".split()),
}

IDENTITY = frozenset(
    "id ids nr no number nummer numero num serial seriennummer code codigo codice mpan mprn"
    " nmi cups ean eancode eancodeasn pod prm pdl account meternummer anlagennummer zahlpunkt"
    " zahlpunktbezeichnung zahlernummer vertragskonto kundennummer customer kunde contract"
    " contrato address adresse device sensor entity entity_id statistic_id meter zahler"
    " contador compteur contatore meter_id meterid site building location name row index zeile"
    " index_".split()
)
METERS = frozenset(
    "mpan mprn nmi cups ean eancode eancodeasn pod prm pdl meter meter_id meterid meternummer"
    " meternumber zahlpunkt zahlernummer zahler entity_id entity sensor device site building"
    " contador statistic_id".split()
)
"""Of these, names of columns that tell meters apart and not registers of one."""

QUALITY = frozenset(
    "status quality qualitat qualite calidad flag flags estimated ersatzwert metodo method"
    " methode notes note remark bemerkung kommentar comment reason source type_of_reading"
    " count counts samples anzahl validity gultigkeit state_class".split()
)
MONEY = frozenset(
    "cost costs price charge charges amount kosten preis prijs bedrag prix montant importe"
    " precio costo prezzo betrag eur usd gbp euro revenue tariffprice koszt cena".split()
)
UNIT_COLUMN = frozenset(
    "unit units einheit unidad unite unita eenheid uom unit_of_measurement consumptionunit"
    " enhet measureunit yksikko jednostka mj egyseg masseinheit readingunit".split()
)

NOT_OF_READING = frozenset(
    "revision revised updated update created modified changed billed billing invoice posted"
    " processed processing inserted export exported download downloaded imported uploaded"
    " installed birth validated publication published".split()
)
"""Of times: when something was done with a reading."""
SERIES = frozenset(
    "name metric field measurement entity statistic series variable parameter quantity"
    " register grandeur sensor tag point channel key".split()
)
"""Columns that name a series, which may end with its unit: "power_w"."""
HOUR = frozenset(
    "hour hora heure ora stunde uur time_hour std he hh hr godzina godz tunti timme time"
    " time_no hodina ora_ ore sat ending hours zeit uhrzeit tijd tijdstip tid klokkeslett"
    " kello cas vrijeme".split()
)
PERIOD = frozenset(
    "period settlement interval intervall periodo periode hh slot quarter viertelstunde"
    " kwartier".split()
)
YEAR = frozenset("year jahr annee ano anno jaar ar rok vuosi ev yyyy".split())
MONTH = frozenset(
    "month monat mois mes mese maand manad mnd maned miesiac kuukausi honap mm".split()
)
DAY_OF_MONTH = frozenset("day tag jour dia giorno dag dzien paiva nap dd dayofmonth".split())
MINUTE = frozenset("minute minuten minuto minuut min minutes".split())
