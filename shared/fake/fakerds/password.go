package fakerds

import (
	"context"
	"strings"
	"time"

	"latchkey/shared/database"
)

// ManagePassword implements database.Restorer: a restore leaves the master
// password unmanaged, for PostgreSQL has no such parameter there. Once RDS manages
// the password, the key of its secret cannot be given any more; that RDS wants the
// instance available is an inference. [RDS guide, Password management with AWS
// Secrets Manager; RDS API reference, ModifyDBInstance: MasterUserSecretKmsKeyId]
func (t restorer) ManagePassword(ctx context.Context, instanceID, secretKeyARN string) error {
	r := t.r
	q := request{caller: t.caller, op: "ModifyDBInstance", params: func() map[string]any {
		p := map[string]any{"dBInstanceIdentifier": instanceID, "manageMasterUserPassword": true, "applyImmediately": true}
		if secretKeyARN != "" {
			p["masterUserSecretKmsKeyId"] = secretKeyARN
		}
		return p
	}}
	return fleet{r, t.caller}.change(ctx, q, instanceID, func(i *instance, now time.Time) error {
		managed := i.Spec.MasterSecretKeyARN != ""
		switch {
		case managed && secretKeyARN != "":
			return q.fail(database.CodeInvalidCombination, "The master user password of %s is managed already: the KMS key of its secret cannot be changed.", instanceID)
		case managed:
			return nil
		case i.Status != statusAvailable:
			return q.fail(database.CodeInvalidState, "Instance %s is not in available state: it is %s.", instanceID, i.Status)
		}
		i.Spec.MasterSecretKeyARN = r.secretKey(secretKeyARN)
		at := now
		if n := len(i.Plan); n > 0 {
			at = i.Plan[n-1].At
		}
		i.Plan = append(i.Plan, r.resetPassword(i.ResourceID, at)...)
		return nil
	})
}

// secretKey returns the key of a managed secret: the one that is asked for, or
// the AWS managed key aws/secretsmanager.
func (r *RDS) secretKey(asked string) string {
	if asked != "" {
		return asked
	}
	return "arn:aws:kms:" + r.cfg.Region + ":" + r.cfg.Account + ":alias/aws/secretsmanager"
}

// resetPassword plans the change of the master password, some time after at.
func (r *RDS) resetPassword(resourceID string, at time.Time) []step {
	from := at.Add(r.within(r.cfg.Timing.Configure, "settle", resourceID))
	to := from.Add(r.within(r.cfg.Timing.ResetCredentials, "reset", resourceID))
	return []step{{At: from, Status: statusResetting}, {At: to, Status: statusAvailable, Event: []string{eventResetCredentials}}}
}

// masterSecret returns the ARN of the secret that RDS keeps the master password
// in, or "". RDS names it after an id of its own; the twin takes the resource's.
func (r *RDS) masterSecret(i *instance) string {
	if i.Spec.MasterSecretKeyARN == "" {
		return ""
	}
	id := strings.ToLower(strings.TrimPrefix(i.ResourceID, "db-"))
	return "arn:aws:secretsmanager:" + r.cfg.Region + ":" + r.cfg.Account + ":secret:rds!db-" + id + "-" + id[:6]
}
