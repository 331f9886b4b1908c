package grants

import "latchkey/shared/deployment"

// logins is what fence itself does: tokens for its own role, for the tenants'
// roles that it verifies, and for the master user, which may not log in with its
// password any more once the fencing role is there; and the master password of
// an instance whose fencing role is not there yet. [RDS guide, IAM database authentication; Password management with AWS Secrets Manager]
func logins(in Place) []Statement {
	users := arn("rds-db", "dbuser:*/")
	return []Statement{
		{
			Sid: "LogIn", Actions: []string{"rds-db:connect"},
			Resources: []string{users + deployment.FenceRole, users + deployment.MasterUser, users + deployment.TenantRoles + "*"},
			Wildcard:  "Instances come and go, and a restored one has a new resource id; the roles inside are named.",
		},
		{
			Sid: "MasterSecret", Actions: []string{"secretsmanager:GetSecretValue"},
			Resources: []string{arn("secretsmanager", "secret:rds!db-*")},
			When:      Conditions{"StringEquals": {"secretsmanager:ResourceTag/aws:secretsmanager:owningService": "rds"}},
			Wildcard:  "RDS names the secrets after the instances' resource ids.",
		},
		{
			Sid: "OpenMasterSecret", Actions: []string{"kms:Decrypt"}, Resources: []string{in.PlatformKey},
			When: through("secretsmanager"),
		},
	}
}
