// Package settings holds what each function reads from its environment: one
// struct for each, made of parts that several share. Names and meaning of the
// variables are package deployment's; which function is given which is there too,
// and a test of each function compares the two.
package settings

import (
	"latchkey/shared/deployment"
	"latchkey/shared/function"
)

// The forms of what is read. [References of the services' APIs]
var (
	account      = function.Form{Allowed: "12 digits", Pattern: `[0-9]{12}`}
	region       = function.Form{Allowed: "an AWS Region such as eu-central-1", Pattern: `[a-z]{2}(-[a-z]+)+-[0-9]+`}
	tableName    = function.Form{Allowed: "the name of a table", Pattern: `[a-zA-Z0-9_.-]+`, Max: 255}
	busName      = function.Form{Allowed: "the name of an event bus", Pattern: `[/.\-_A-Za-z0-9]+`, Max: 256}
	busARN       = function.Form{Allowed: "the ARN of an event bus", Pattern: `arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[/.\-_A-Za-z0-9]+`, Max: 1600}
	keyARN       = function.Form{Allowed: "the ARN of a KMS key", Pattern: `arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+`, Max: 2048}
	class        = function.Form{Allowed: "an instance class such as db.m7g.large", Pattern: `db\.[a-z0-9]+\.[a-z0-9-]+`}
	version      = function.Form{Allowed: "PostgreSQL " + deployment.EngineMajor + ", or a minor version of it", Pattern: deployment.EngineForm}
	rdsName      = function.Form{Allowed: "the name of a subnet or parameter group", Pattern: `[a-z][a-z0-9-]*`, Max: 255}
	group        = function.Form{Allowed: "security group ids", Pattern: `sg-[0-9a-z]+`}
	name         = function.Form{Allowed: "the name of a function", Pattern: `[a-zA-Z0-9_-]+`, Max: 64}
	bucket       = function.Form{Allowed: "the name of a bucket", Pattern: `[a-z0-9][a-z0-9.-]+[a-z0-9]`, Max: 63}
	prefix       = function.Form{Allowed: "the beginning of an object's key, ending in /, or nothing", Pattern: `[^/].*/`, Max: deployment.TrailPrefixMax}
	principal    = function.Form{Allowed: "ARNs of principals, names of services, or any", Pattern: deployment.AnyPrincipal + "|" + deployment.PrincipalForm}
	retiredTrail = function.Form{Allowed: "trails that were ended, such as 111122223333/us-west-2/us-east-1/management@2026-03-01T20", Pattern: ".+"}
	schedule     = function.Form{Allowed: ScheduleMonthly + " or " + ScheduleDaily, Pattern: ScheduleMonthly + "|" + ScheduleDaily}
)
