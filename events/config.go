package events

import (
	"strings"

	"latchkey/events/schema"
	"latchkey/shared/coded"
)

// Config holds what an installation may choose.
type Config struct {
	CommerceSource string // source of the commerce events; empty: SourceCommerce
	// TrailBucket and TrailPrefix say where CloudTrail delivers its files; empty:
	// any bucket that has S3's events switched on, and no prefix.
	TrailBucket, TrailPrefix string
}

func (cfg Config) commerceSource() string {
	if cfg.CommerceSource == "" {
		return SourceCommerce
	}
	return cfg.CommerceSource
}

var sourceForm = schema.NewForm(`^[/.\-_A-Za-z0-9]{1,256}$`)

// Validate returns coded.Invalid for a commerce source that EventBridge would
// not accept or that is another source's. [EventBridge API reference,
// PutEventsRequestEntry: sources that begin with aws. are AWS's own]
func (cfg Config) Validate() error {
	s := cfg.commerceSource()
	const hint = "choose a name of your own, such as " + SourceCommerce
	switch {
	case !sourceForm.MatchString(s):
		return coded.Field("CommerceSource", hint, "%s is not the name of a source", show(s))
	case strings.HasPrefix(s, "aws."):
		return coded.Field("CommerceSource", hint, "%s belongs to AWS", show(s))
	case s == SourceLatchkey || s == SourceOperator:
		return coded.Field("CommerceSource", hint, "%s is taken", show(s))
	}
	return nil
}
