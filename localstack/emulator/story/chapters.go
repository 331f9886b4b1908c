package story

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/events"
	"latchkey/shared/deployment"
)

func (t *teller) signUp() (err error) {
	if t.key, err = t.stack.CustomerKey(t.ctx, t.region.Name, Customer); err != nil {
		return err
	}
	t.say("         key %s\n", t.key)
	if err := t.commerce("tenant-created", Tenant, func(d map[string]any) {
		d["hosts"], d["region"], d["key"] = []string{Tenant + ".example.com"}, t.region.Name, map[string]any{"choice": "customer", "arn": t.key}
	}); err != nil {
		return err
	}
	if err := t.commerce("product-activated", Tenant, func(map[string]any) {}); err != nil {
		return err
	}
	var made *rdstypes.DBInstance
	if err := t.until("an instance", func() (bool, error) { made, err = t.describe(); return made != nil, err }); err != nil || made == nil {
		return err
	}
	t.instance(made)
	if err := t.rds(events.RDSInstanceCreated); err != nil {
		return err
	}
	if err := t.until("the tenant is served", func() (bool, error) {
		status, _, err := t.access()
		return status == 200, err
	}); err != nil {
		return err
	}
	if err := t.wants(200, "ok"); err != nil {
		return err
	}
	return t.moveIn()
}

// describe returns the story's instance, or nil.
func (t *teller) describe() (*rdstypes.DBInstance, error) {
	out, err := t.region.Clients.RDS.DescribeDBInstances(t.ctx, &rds.DescribeDBInstancesInput{})
	if err != nil {
		return nil, err
	}
	for i := range out.DBInstances {
		if aws.ToString(out.DBInstances[i].DBInstanceIdentifier) == instance() {
			return &out.DBInstances[i], nil
		}
	}
	return nil, nil
}

// instance compares what the emulator shows of the instance with the design.
func (t *teller) instance(i *rdstypes.DBInstance) {
	t.check(true, "RDS instance %s: %s %s, %s, %d GiB", instance(), aws.ToString(i.Engine), aws.ToString(i.EngineVersion), aws.ToString(i.DBInstanceClass), aws.ToInt32(i.AllocatedStorage))
	t.check(aws.ToString(i.KmsKeyId) == t.key && aws.ToBool(i.StorageEncrypted), "encrypted under the customer's key")
	t.check(aws.ToBool(i.MultiAZ), "Multi-AZ")
	t.check(aws.ToBool(i.DeletionProtection), "deletion protection")
	t.check(aws.ToInt32(i.BackupRetentionPeriod) == 30, "%d days of backups", aws.ToInt32(i.BackupRetentionPeriod))
	t.check(!aws.ToBool(i.PubliclyAccessible), "no public address")
	t.check(i.DBSubnetGroup != nil && aws.ToString(i.DBSubnetGroup.DBSubnetGroupName) == deployment.SubnetGroup, "in the cell's subnet group")
	t.check(i.MasterUserSecret != nil, "master password managed by RDS")
}

func (t *teller) stranger() error {
	if err := t.forward(disable, Stranger); err != nil {
		return err
	}
	if err := t.stack.Settle(t.ctx); err != nil {
		return err
	}
	if err := t.stack.Tick(t.ctx, deployment.FunctionProbeKeys); err != nil {
		return err
	}
	t.say("         the key is looked at, and is well\n")
	return t.wants(200, "ok")
}

func (t *teller) revoke() error {
	if err := t.stack.DisableKey(t.ctx, t.region.Name, Customer, t.key); err != nil {
		return err
	}
	if err := t.wants(200, "ok"); err != nil { // nobody has said anything yet
		return err
	}
	cut := t.watch()
	if err := t.forward(disable, Customer); err != nil {
		return err
	}
	if err := t.stack.Settle(t.ctx); err != nil {
		return err
	}
	if err := t.wants(423, "key-revoked"); err != nil {
		return err
	}
	return t.locked(cut)
}

func (t *teller) poison() error {
	const good = "demo-florist"
	if err := t.commerce("tenant-created", "demo-broken", func(d map[string]any) { d["placement"] = "somewhere" }); err != nil {
		return err
	}
	if err := t.commerce("tenant-created", good, func(d map[string]any) {
		d["hosts"], d["region"], d["key"] = []string{good + ".example.com"}, t.region.Name, map[string]any{"choice": "platform"}
	}); err != nil {
		return err
	}
	if err := t.stack.Settle(t.ctx); err != nil {
		return err
	}
	status, _, err := t.ask(good)
	if err != nil {
		return err
	}
	t.check(status != 404, "the good one was taken")
	letters, err := t.stack.DeadLetters(t.ctx, t.region.Name, deployment.FunctionRoute, events.FunctionProvision)
	if err != nil {
		return err
	}
	t.check(len(letters) == 1 && strings.Contains(letters[0], "demo-broken"), "the broken one is in the dead letters, after %d deliveries", deployment.MaxReceives)
	return nil
}

// calls tells which roles called what.
func (t *teller) calls() {
	made, _ := t.stack.Proxy.Calls()
	sum := map[string]int64{}
	for c, n := range made {
		sum[c.Role+" "+c.Service] += n
	}
	var lines []string
	for k := range sum {
		lines = append(lines, k)
	}
	slices.Sort(lines)
	t.say("\nCalls, by role and service\n")
	for _, k := range lines {
		role, service, _ := strings.Cut(k, " ")
		t.say("  %-45s %-15s %6d\n", role, service, sum[k])
	}
}
