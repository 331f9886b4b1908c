package grants

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/database"
	"latchkey/shared/deployment"
	"latchkey/shared/snapshot"
)

const testKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

var testPlace = Place{
	Table: deployment.Table, ReadOnly: []string{deployment.FunctionTenantContext}, Buses: []string{BusARN(deployment.Bus)}, Source: "latchkey",
	PlatformKey: testKey, TrailBucket: "trail", TrailKey: testKey, LedgerBucket: "ledger",
	Stream: "${Table.StreamArn}",
}

// TestOf_Wildcards holds that a "*" has its reason, and that a reason has a "*".
func TestOf_Wildcards(t *testing.T) {
	for _, f := range deployment.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			for _, s := range append(Of(f, testPlace), OfSchedule(f)...) {
				wild := slices.ContainsFunc(slices.Concat(s.Actions, s.Resources), func(x string) bool { return strings.Contains(x, "*") })
				if wild != (s.Wildcard != "") {
					t.Errorf("%s: %v on %v, reason %q", s.Sid, s.Actions, s.Resources, s.Wildcard)
				}
				if slices.ContainsFunc(s.Actions, func(x string) bool { return strings.Contains(x, "*") }) {
					t.Errorf("%s allows a group of actions: %v", s.Sid, s.Actions)
				}
				if len(s.Resources) == 0 || len(s.Actions) == 0 || slices.Contains(s.Resources, "") {
					t.Errorf("%s lacks actions or resources", s.Sid)
				}
			}
		})
	}
}

var (
	sidForm = regexp.MustCompile(`^[A-Za-z0-9]+$`) // [IAM guide, JSON policy elements: Sid]
	// without are the actions that may be on "*": their APIs have no resource.
	without = []string{
		"cloudtrail:ListPublicKeys", "dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
		"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
	}
)

func TestOf_Statements(t *testing.T) {
	for _, f := range deployment.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, s := range Of(f, testPlace) {
				if seen[s.Sid] || !sidForm.MatchString(s.Sid) {
					t.Errorf("Sid %q is there twice, or not in its form", s.Sid)
				}
				seen[s.Sid] = true
				if !slices.IsSorted(s.Actions) {
					t.Errorf("%s: actions are not in order: %v", s.Sid, s.Actions)
				}
				for _, a := range s.Actions {
					if slices.Contains(s.Resources, "*") && !slices.Contains(without, a) {
						t.Errorf("%s: %s is on every resource", s.Sid, a)
					}
				}
			}
		})
	}
}

// TestOf_OwnOnly holds that no function reaches what belongs to another: its
// queues, its log, its code. Only fence may be called, by those that use it.
func TestOf_OwnOnly(t *testing.T) {
	for _, f := range deployment.Functions() {
		for _, s := range Of(f, testPlace) {
			for _, r := range s.Resources {
				own := deployment.Name(f.Name)
				switch parts := strings.SplitN(r, ":", 6); {
				case len(parts) < 6:
				case parts[2] == "sqs" && parts[5] != own && parts[5] != deployment.DeadLetters(own):
					t.Errorf("%s may %v on queue %s", f.Name, s.Actions, parts[5])
				case parts[2] == "logs" && parts[5] != "log-group:/aws/lambda/"+own+":*":
					t.Errorf("%s may %v on log %s", f.Name, s.Actions, parts[5])
				case parts[2] == "lambda" && !(f.Has(deployment.UseInside) && parts[5] == "function:"+deployment.Name(deployment.FunctionFence)):
					t.Errorf("%s may %v on %s", f.Name, s.Actions, parts[5])
				}
			}
		}
	}
}

// TestOf_Uses holds that what only one use needs no other function gets.
func TestOf_Uses(t *testing.T) {
	for service, uses := range map[string][]deployment.Use{
		"rds:":            {deployment.UseFleet, deployment.UseBackups},
		"rds-db:":         {deployment.UseLogins},
		"events:":         {deployment.UseBus},
		"s3:":             {deployment.UseLedger},
		"lambda:":         {deployment.UseInside},
		"secretsmanager:": {deployment.UseLogins, deployment.UseFleet},
		"ec2:":            {deployment.UseLogins},
	} {
		for _, f := range deployment.Functions() {
			has := slices.ContainsFunc(uses, f.Has)
			for _, s := range Of(f, testPlace) {
				for _, a := range s.Actions {
					if strings.HasPrefix(a, service) && !has {
						t.Errorf("%s may %s without a use for it", f.Name, a)
					}
				}
			}
		}
	}
}

// TestOf_Sources holds that who puts events puts those of its own source alone,
// and not the approvals of operators, which are on the same bus.
func TestOf_Sources(t *testing.T) {
	for _, f := range deployment.Functions() {
		for _, s := range Of(f, testPlace) {
			if !slices.Contains(s.Actions, "events:PutEvents") {
				continue
			}
			if got := s.When["StringEquals"]["events:source"]; got != testPlace.Source || len(s.When) != 1 {
				t.Errorf("%s may put events when %v", f.Name, s.When)
			}
		}
	}
}

// common returns what two texts begin with.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// TestPrefixes ties the resources of the statements to the names that the code
// gives: a pattern covers them, and no more than what they have in common.
func TestPrefixes(t *testing.T) {
	var made, taken, kept string // what all names begin with
	for i, id := range []string{"acme/tracker", "Ünïcode", "9", "-", "zoo"} {
		db, snap := database.InstanceName(id, 2), snapshot.ID(id, snapshot.PurposeScheduled, time.Unix(0, 0))
		if i == 0 {
			made, taken, kept = "db:"+db, "snapshot:"+snap, "snapshot:rds:"+db+"-2026-01-01-00-00" // [RDS guide, Working with backups]
		}
		made, taken, kept = common(made, "db:"+db), common(taken, "snapshot:"+snap), common(kept, "snapshot:rds:"+db)
	}
	if instances != made+"*" || snapshots != taken+"*" || automated != kept+"*" {
		t.Errorf("the patterns are %s, %s and %s; names begin with %s, %s and %s", instances, snapshots, automated, made, taken, kept)
	}
	if !strings.HasPrefix(database.TagOwner, "latchkey:") || !strings.HasPrefix(database.TagTenant, "latchkey:") ||
		!strings.HasPrefix(database.TagDatabase, "latchkey:") || !strings.HasPrefix(database.TagKey, "latchkey:") {
		t.Error("a tag of ours does not begin with latchkey:, as the statements want")
	}
}
