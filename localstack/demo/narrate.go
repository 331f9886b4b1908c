package demo

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"latchkey/events"
)

// news is what the story needs of the details of all outgoing events.
type news struct {
	TenantID   string    `json:"tenantId"`
	KeyARN     string    `json:"keyArn"`
	DatabaseID string    `json:"databaseId"`
	InstanceID string    `json:"instanceId"`
	SnapshotID string    `json:"snapshotId"`
	Purpose    string    `json:"purpose"`
	Product    string    `json:"product"`
	Suspended  bool      `json:"suspended"`
	License    *struct { // of products
		Edition string `json:"edition"`
		Seats   int    `json:"seats"`
	} `json:"license"`
	Reason           string     `json:"reason"`
	Cause            string     `json:"cause"`
	Source           string     `json:"source"`
	RecoverableUntil *time.Time `json:"recoverableUntil"`
	Missing          []string   `json:"missing"`
	Statement        string     `json:"statement"`
	Evidence         []string   `json:"evidence"`
	DataLossSeconds  *int64     `json:"dataLossSeconds"`
	RestoreTo        *time.Time `json:"restoreTo"`
	Day              int        `json:"day"`
	Kind             string     `json:"kind"`
	Severity         string     `json:"severity"`
	Sentence         string     `json:"sentence"`
}

// notes gathers what was announced at one moment, so that ten databases make
// one line.
type notes struct {
	story  *story
	at     time.Time
	groups []note
	others map[string]int // announced about the crowd since the chapter began
}

// note is what was announced of one customer at one moment.
type note struct {
	kind, tenant string
	at           time.Time
	news         []news
}

// take takes in an outgoing event.
func (n *notes) take(env events.Envelope, detail news) {
	n.story.tally(env.DetailType, detail)
	if !n.at.Equal(env.Time) {
		n.flush()
		n.at = env.Time
	}
	c := n.story.by[detail.TenantID]
	if c != nil && !c.named {
		if n.others == nil {
			n.others = map[string]int{}
		}
		n.others[env.DetailType]++
		return
	}
	for i := range n.groups {
		if g := &n.groups[i]; g.kind == env.DetailType && g.tenant == detail.TenantID && detail.DataLossSeconds == nil && detail.Sentence == "" {
			g.news = append(g.news, detail)
			return
		}
	}
	n.groups = append(n.groups, note{env.DetailType, detail.TenantID, env.Time, []news{detail}})
}

// flush writes what was gathered.
func (n *notes) flush() {
	groups := n.groups
	n.groups = nil
	for _, g := range groups {
		tell := tellers[g.kind]
		if tell == nil {
			continue
		}
		text, t := tell(n.story, g)
		if text == "" {
			continue
		}
		name := g.tenant
		if name == "" || name == "platform" {
			name = latchkey
		}
		n.story.out.line(g.at, name, t, text)
		if g.kind == events.TypeKeyPreflightFailed {
			n.story.out.block(neededStatements(g.news[0]))
		}
	}
}

// neededStatements returns the first policy statement that allows what is missing.
func neededStatements(d news) string {
	var all []json.RawMessage
	if json.Unmarshal([]byte(d.Statement), &all) != nil {
		return d.Statement
	}
	for _, raw := range all {
		var st struct{ Action []string }
		if json.Unmarshal(raw, &st) != nil {
			continue
		}
		needed := slices.ContainsFunc(st.Action, func(a string) bool {
			return slices.ContainsFunc(d.Missing, func(m string) bool { return strings.HasPrefix(m, a) })
		})
		var text bytes.Buffer
		if needed && json.Indent(&text, raw, "", "  ") == nil {
			return text.String()
		}
	}
	return d.Statement
}
