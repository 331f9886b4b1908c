package template

import "latchkey/shared/customerkey/keypolicy"

// Forms of the parameters. Tenant ids are as in events/schemas/defs.json, keys
// as events.ParseKeyARN takes them.
const (
	accountPattern = `^[0-9]{12}$`
	tenantPattern  = `^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`
	busPattern     = `^[A-Za-z0-9._-]{1,256}$`
	keyPattern     = `^$|^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`
	topicPattern   = `^$|^arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`
)

func parameters(p Preset) object {
	account := text(accountPattern, "12 digits", "Account that runs Latchkey; your platform tells you")
	if p.PlatformAccount != "" {
		account["Default"] = p.PlatformAccount
	}
	return object{
		"PlatformAccount": account,
		"TenantId": text(tenantPattern, "2 to 40 lower-case letters, digits and hyphens, no hyphen at either end",
			"Id of your tenant; the policy binds all use of the key to it ("+keypolicy.TenantContext+")"),
		"IntakeBus": withDefault(p.IntakeBus, text(busPattern, "the name of an event bus",
			"Name of the event bus in the platform's account that key events are forwarded to")),
		"ExistingKeyArn": withDefault("", text(keyPattern, "empty, or the full ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/KEY-ID)",
			"A key of yours in this Region to use instead of a new one; add the policy statements to it yourself (docs/deploy.md)")),
		"DeletionWindowDays": object{"Type": "Number", "Default": 30, "MinValue": 7, "MaxValue": 30,
			"Description": "Days between the order to delete the new key and its end; after it nobody can read the data again"},
		"ForwardKeyEvents": object{"Type": "String", "Default": "yes", "AllowedValues": []any{"yes", "no"},
			"Description": "yes: forward events about keys of this account and Region. Once is enough: say no in a second stack here"},
		"AlarmTopicArn": withDefault("", text(topicPattern, "empty, or the ARN of an SNS topic",
			"SNS topic to tell when events could not be forwarded")),
	}
}

func text(pattern, form, description string) object {
	return object{"Type": "String", "AllowedPattern": pattern, "ConstraintDescription": form, "Description": description}
}

func withDefault(value string, p object) object { p["Default"] = value; return p }
