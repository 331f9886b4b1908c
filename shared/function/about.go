package function

import (
	"encoding/json"
	"log/slog"
	"strings"

	"latchkey/events"
	"latchkey/shared/function/logging"
)

// about returns what the log says of an event: its id, and the tenant and the
// key that it names, wherever its kind has them. Nothing of it is trusted.
func about(env events.Envelope) []slog.Attr {
	var detail struct {
		TenantID  string `json:"tenantId"`
		KeyARN    string `json:"keyArn"`
		Resources []struct {
			ARN string `json:"ARN"`
		} `json:"resources"`
	}
	_ = json.Unmarshal(env.Detail, &detail) // what does not fit stays empty; the contract says why later
	key := detail.KeyARN
	for _, r := range detail.Resources {
		key = firstKey(key, r.ARN)
	}
	for _, arn := range env.Resources {
		key = firstKey(key, arn)
	}
	return []slog.Attr{
		slog.String(logging.Event, env.ID), slog.String("detailType", env.DetailType),
		slog.String(logging.Tenant, detail.TenantID), slog.String(logging.Key, key),
	}
}

// firstKey keeps the first that is a key's ARN.
func firstKey(have, arn string) string {
	if have == "" && strings.Contains(arn, ":kms:") && strings.Contains(arn, ":key/") {
		return arn
	}
	return have
}
