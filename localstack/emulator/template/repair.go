package template

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"latchkey/shared/coded"
)

// Repair makes by a call of the service what the emulator does not make, or
// makes otherwise, of a template.
type Repair struct {
	Name   string
	Reason string
	do     func(context.Context, *Deployed) (int, error)
}

// Repairs returns what moto 5.2.1 needs once a stack is created.
func Repairs() []Repair {
	return []Repair{
		{"parameter-group-by-name", "moto gives a parameter group of a stack a name of its own choice, and the functions name it as it was declared", parameterGroups},
	}
}

// repair runs the repairs and notes how many places each changed.
func (d *Deployed) repair(ctx context.Context) error {
	for _, r := range Repairs() {
		n, err := r.do(ctx, d)
		if err != nil {
			return coded.Wrap(coded.Internal, err, "repair %s of stack %s", r.Name, d.Name)
		}
		d.Applied = append(d.Applied, Applied{Rewrite{Name: r.Name, Reason: r.Reason}, n})
	}
	return nil
}

// parameterGroup is a group as the template has it.
type parameterGroup struct {
	DBParameterGroupName, Description, Family string
	Parameters                                map[string]string
}

func parameterGroups(ctx context.Context, d *Deployed) (int, error) {
	n := 0
	for _, r := range d.Declared.Resources("AWS::RDS::DBParameterGroup") {
		var g parameterGroup
		if err := d.decode(r, &g); err != nil {
			return n, err
		}
		there, err := d.Clients.RDS.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: &g.DBParameterGroupName})
		if err == nil && len(there.DBParameterGroups) > 0 || g.DBParameterGroupName == "" {
			continue
		}
		_, err = d.Clients.RDS.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{
			DBParameterGroupName: &g.DBParameterGroupName, DBParameterGroupFamily: &g.Family, Description: &g.Description})
		if err != nil {
			return n, err
		}
		in := &rds.ModifyDBParameterGroupInput{DBParameterGroupName: &g.DBParameterGroupName}
		for _, name := range slices.Sorted(maps.Keys(g.Parameters)) {
			in.Parameters = append(in.Parameters, rdstypes.Parameter{ParameterName: &name, ParameterValue: aws.String(g.Parameters[name]), ApplyMethod: rdstypes.ApplyMethodPendingReboot})
		}
		if _, err = d.Clients.RDS.ModifyDBParameterGroup(ctx, in); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
