package emulator

import (
	"context"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"latchkey/localstack/emulator/instances"
	"latchkey/localstack/emulator/proxy"
	"latchkey/localstack/emulator/runtime"
	"latchkey/shared/aws/awserror"
	"latchkey/shared/coded"
	"latchkey/shared/deployment"
	"latchkey/shared/inside/pgcluster"
)

// databases puts PostgreSQL behind the endpoints of RDS's instances, or, where
// there is none on this machine, a substitute in the place of fence.
func (s *Stack) databases(ctx context.Context) error {
	if pgcluster.Programs() == "" {
		s.opts.Tell("PostgreSQL is not installed, so a substitute for %s runs, and no SQL; to get it: %s", deployment.Name(deployment.FunctionFence), pgcluster.HowToGet)
		s.Remembered = NewRemembered()
		for _, r := range s.Regions {
			r.locals[deployment.Name(deployment.FunctionFence)] = FenceOn(s.Remembered)
		}
		return nil
	}
	o := instances.Options{Account: s.Account, Fleet: fleet{s}, Secret: runtime.SecretKey, Logins: map[string][]string{}, Log: s.opts.Log}
	for _, r := range s.regions() {
		o.Regions = append(o.Regions, r.Name)
	}
	for _, d := range s.Stacks {
		logins, err := d.DatabaseLogins()
		if err != nil {
			return err
		}
		for role, resources := range logins {
			o.Logins[role] = append(o.Logins[role], resources...)
		}
	}
	var err error
	if s.Instances, err = instances.Start(ctx, o); err != nil {
		return err
	}
	s.close = append(s.close, s.Instances.Close)
	s.Proxy.PlayInstances(proxy.Instances{Port: s.Instances.Port(), Master: s.Instances.Master})
	return nil
}

// buildFence builds fence as it is deployed, but for whom it believes to be RDS.
func (s *Stack) buildFence(ctx context.Context) error {
	s.opts.Tell("building %s for the PostgreSQL of this machine", deployment.FunctionFence)
	if err := os.MkdirAll(s.fenceFolder(), 0o700); err != nil {
		return coded.Wrap(coded.Internal, err, "making a folder for fence")
	}
	overlay, err := s.Instances.Overlay(s.opts.Root, s.fenceFolder())
	if err != nil {
		return err
	}
	return buildFunctions(ctx, s.opts.Root, s.fenceFolder(), overlay, []string{deployment.FunctionFence})
}

// down are the statuses in which nothing listens.
// [RDS guide, Viewing Amazon RDS DB instance status]
var down = []string{"creating", "starting", "stopping", "stopped", "deleting"}

// fleet is the emulator of RDS as the instances' front asks it.
type fleet struct{ s *Stack }

// Instance implements instances.Fleet.
func (f fleet) Instance(ctx context.Context, region, id string) (instances.Instance, error) {
	r := f.s.Regions[region]
	if r == nil {
		return instances.Instance{}, coded.New(coded.NotFound, "nothing runs in %s", region)
	}
	out, err := r.Clients.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	if err != nil {
		return instances.Instance{}, awserror.Wrap(err, "looking for instance %s", id)
	}
	if len(out.DBInstances) != 1 || out.DBInstances[0].Endpoint == nil {
		return instances.Instance{}, coded.New(coded.NotFound, "instance %s has no endpoint", id)
	}
	in := out.DBInstances[0]
	got := instances.Instance{
		Address: aws.ToString(in.Endpoint.Address), ResourceID: aws.ToString(in.DbiResourceId), Running: !slices.Contains(down, aws.ToString(in.DBInstanceStatus)),
	}
	if in.MasterUserSecret != nil {
		got.Secret = aws.ToString(in.MasterUserSecret.SecretArn)
	}
	return got, nil
}

// Inside returns the databases that fence has made, in whatever it made them.
func (s *Stack) Inside(ctx context.Context) ([]Inside, error) {
	if s.Instances == nil {
		return s.Remembered.All(), nil
	}
	list, err := s.Instances.Databases(ctx)
	var out []Inside
	for _, d := range list {
		out = append(out, Inside{Instance: d.Instance, Database: d.Name, Role: d.Role, Fenced: d.Fenced})
	}
	return out, err
}
