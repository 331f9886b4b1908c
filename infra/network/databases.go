package network

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsrds"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/deployment"
)

// Family is the parameter group family of the databases.
// [RDS API reference, CreateDBParameterGroup]
const Family = "postgres" + deployment.EngineMajor

// Parameters returns what every instance is set to, beside its engine's
// defaults. [RDS guide, Working with parameters on your RDS for PostgreSQL DB
// instance] Statements are not logged: they may hold a password or a customer's
// data.
func Parameters() map[string]string {
	return map[string]string{
		deployment.ParameterName:            "1",     // refuse a login without TLS
		"rds.accepted_password_auth_method": "scram", // and a password that is kept as MD5
		"log_connections":                   "1",
		"log_disconnections":                "1",
		"log_lock_waits":                    "1",
	}
}

// databases makes the groups that instances are made in.
func (m *maker) databases() {
	awsrds.NewCfnDBSubnetGroup(m.stack, m.name("SubnetGroup"), &awsrds.CfnDBSubnetGroupProps{
		DbSubnetGroupName: jsii.String(deployment.SubnetGroup), DbSubnetGroupDescription: jsii.String("Isolated subnets of tenants' databases."),
		SubnetIds: list(m.net.SubnetIDs...),
	})
	awsrds.NewCfnDBParameterGroup(m.stack, m.name("ParameterGroup"), &awsrds.CfnDBParameterGroupProps{
		DbParameterGroupName: jsii.String(deployment.ParameterGroup), Description: jsii.String("Tenants' databases: TLS only."),
		Family: jsii.String(Family), Parameters: Parameters(),
	})
	m.net.SubnetGroupName, m.net.ParameterGroupName = deployment.SubnetGroup, deployment.ParameterGroup
}
