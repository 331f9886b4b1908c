package tenant

import (
	"strings"

	"latchkey/events"
)

// countries maps every country and territory of ISO 3166-1 (alpha-2, 249 codes),
// and XK, which is in common use for Kosovo, to the realm that its users' data
// goes to when nothing else is said. A country
// with a realm of its own, or whose data protection law is that of a realm's
// (the EEA and the EU's outermost regions, the Crown dependencies, the
// territories of the US and of Australia), goes there. All others go to the
// realm that is nearest by the usual network path.
var countries = map[events.Realm]string{
	events.RealmDE: "DE",
	events.RealmCH: "CH",
	events.RealmUK: "GB GG JE IM GI",
	events.RealmCA: "CA GL PM",
	events.RealmKR: "KR KP CN MN",
	events.RealmJP: "JP TW",
	events.RealmIN: "IN AE AF BD BH BT IO IR KM KW LK MG MU MV NP OM PK QA SA SC YE",
	events.RealmSG: "SG BN HK ID KH LA MM MO MY PH TH TL VN",
	events.RealmAU: "AU AQ CC CK CX FJ FM HM KI MH NC NF NR NU NZ PF PG PN PW SB TF TK TO TV VU WF WS",
	events.RealmUS: "US AS GU MP PR UM VI " +
		"AG AI AR AW BB BL BM BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GS GT GY HN HT JM KN KY LC MS MX NI PA PE PY SR SV SX TC TT UY VC VE VG",
	events.RealmEU: "AT BE BG CY CZ DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK " +
		"AX GF GP MF MQ RE YT " +
		"AD AL AM AZ BA BV BY FO GE MC MD ME MK RS RU SJ SM TR UA VA XK " +
		"EG IL IQ JO LB PS SY KG KZ TJ TM UZ " +
		"AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EH ER ET GA GH GM GN GQ GW KE LR LS LY MA ML MR MW MZ NA NE NG RW SD SH SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW",
}

var realmOfCountry = func() map[string]events.Realm {
	m := make(map[string]events.Realm, 256)
	for realm, codes := range countries {
		for _, code := range strings.Fields(codes) {
			m[code] = realm
		}
	}
	return m
}()

// RealmOfCountry returns the realm of an ISO 3166-1 alpha-2 country code in
// upper case.
func RealmOfCountry(code string) (events.Realm, bool) {
	realm, ok := realmOfCountry[code]
	return realm, ok
}
