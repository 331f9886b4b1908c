package awserror

import "latchkey/shared/coded"

// rdsClasses are the errors of RDS: every typed one of the SDK. A full quota, a
// lack of capacity and a state that passes are all "not yet".
// [RDS API reference, errors of each action]
var rdsClasses = classes{
	coded.KeyAccess: {
		"KMSKeyNotAccessibleFault",
	},
	coded.NotFound: {
		"AuthorizationNotFound", "BackupPolicyNotFoundFault", "BlueGreenDeploymentNotFoundFault", "CertificateNotFound",
		"CustomAvailabilityZoneNotFound", "CustomDBEngineVersionNotFoundFault", "DBCapacityReservationNotFound",
		"DBClusterAutomatedBackupNotFoundFault", "DBClusterBacktrackNotFoundFault", "DBClusterEndpointNotFoundFault",
		"DBClusterNotFoundFault", "DBClusterParameterGroupNotFound", "DBClusterRoleNotFound",
		"DBClusterSnapshotNotFoundFault", "DBInstanceAutomatedBackupNotFound", "DBInstanceNotFound",
		"DBInstanceRoleNotFound", "DBLogFileNotFoundFault", "DBParameterGroupNotFound", "DBProxyEndpointNotFoundFault",
		"DBProxyNotFoundFault", "DBProxyTargetGroupNotFoundFault", "DBProxyTargetNotFoundFault", "DBSecurityGroupNotFound",
		"DBShardGroupNotFound", "DBSnapshotNotFound", "DBSnapshotTenantDatabaseNotFoundFault",
		"DBSubnetGroupNotFoundFault", "DomainNotFoundFault", "ExportTaskNotFound", "GlobalClusterNotFoundFault",
		"IamRoleNotFound", "IntegrationNotFoundFault", "OptionGroupNotFoundFault", "ReservedDBInstanceNotFound",
		"ReservedDBInstancesOfferingNotFound", "ResourceNotFoundFault", "SNSTopicArnNotFound", "SourceNotFound",
		"SubscriptionCategoryNotFound", "SubscriptionNotFound", "TenantDatabaseNotFound",
	},
	coded.Conflict: {
		"AuthorizationAlreadyExists", "BlueGreenDeploymentAlreadyExistsFault", "CustomDBEngineVersionAlreadyExistsFault",
		"DBCapacityReservationAlreadyExists", "DBClusterAlreadyExistsFault", "DBClusterEndpointAlreadyExistsFault",
		"DBClusterRoleAlreadyExists", "DBClusterSnapshotAlreadyExistsFault", "DBInstanceAlreadyExists",
		"DBInstanceRoleAlreadyExists", "DBParameterGroupAlreadyExists", "DBProxyAlreadyExistsFault",
		"DBProxyEndpointAlreadyExistsFault", "DBProxyTargetAlreadyRegisteredFault", "DBSecurityGroupAlreadyExists",
		"DBShardGroupAlreadyExists", "DBSnapshotAlreadyExists", "DBSubnetGroupAlreadyExists", "ExportTaskAlreadyExists",
		"GlobalClusterAlreadyExistsFault", "IntegrationAlreadyExistsFault", "OptionGroupAlreadyExistsFault",
		"ReservedDBInstanceAlreadyExists", "SubnetAlreadyInUse", "SubscriptionAlreadyExist", "TenantDatabaseAlreadyExists",
	},
	coded.Pending: {
		"AuthorizationQuotaExceeded", "CustomDBEngineVersionQuotaExceededFault",
		"DBClusterAutomatedBackupQuotaExceededFault", "DBClusterEndpointQuotaExceededFault", "DBClusterQuotaExceededFault",
		"DBClusterRoleQuotaExceeded", "DBInstanceAutomatedBackupQuotaExceeded", "DBInstanceNotReady",
		"DBInstanceRoleQuotaExceeded", "DBParameterGroupQuotaExceeded", "DBProxyEndpointQuotaExceededFault",
		"DBProxyQuotaExceededFault", "DBSubnetGroupQuotaExceeded", "DBSubnetQuotaExceededFault",
		"EventSubscriptionQuotaExceeded", "GlobalClusterQuotaExceededFault", "InstanceQuotaExceeded",
		"InsufficientAvailableIPsInSubnetFault", "InsufficientDBClusterCapacityFault", "InsufficientDBInstanceCapacity",
		"InsufficientStorageClusterCapacity", "IntegrationConflictOperationFault", "IntegrationQuotaExceededFault",
		"InvalidBlueGreenDeploymentStateFault", "InvalidCustomDBEngineVersionStateFault",
		"InvalidDBCapacityReservationState", "InvalidDBClusterAutomatedBackupStateFault",
		"InvalidDBClusterEndpointStateFault", "InvalidDBClusterSnapshotStateFault", "InvalidDBClusterStateFault",
		"InvalidDBInstanceAutomatedBackupState", "InvalidDBInstanceState", "InvalidDBParameterGroupState",
		"InvalidDBProxyEndpointStateFault", "InvalidDBProxyStateFault", "InvalidDBSecurityGroupState",
		"InvalidDBShardGroupState", "InvalidDBSnapshotState", "InvalidDBSubnetGroupStateFault",
		"InvalidDBSubnetStateFault", "InvalidEventSubscriptionState", "InvalidExportSourceState",
		"InvalidExportTaskStateFault", "InvalidGlobalClusterStateFault", "InvalidIntegrationStateFault",
		"InvalidOptionGroupStateFault", "InvalidResourceStateFault", "InvalidVPCNetworkStateFault",
		"MaxDBShardGroupLimitReached", "OptionGroupQuotaExceededFault", "ProvisionedIopsNotAvailableInAZFault",
		"QuotaExceeded.DBSecurityGroup", "ReservedDBInstanceQuotaExceeded", "SharedSnapshotQuotaExceeded",
		"SnapshotQuotaExceeded", "StorageQuotaExceeded", "StorageTypeNotAvailableFault", "TenantDatabaseQuotaExceeded",
	},
	coded.Invalid: {
		"CreateCustomDBEngineVersionFault", "DBCapacityReservationUnsupported", "DBSecurityGroupNotSupported",
		"DBSubnetGroupDoesNotCoverEnoughAZs", "DBSubnetGroupNotAllowedFault", "DBUpgradeDependencyFailure",
		"Ec2ImagePropertiesNotSupportedFault", "InvalidDBClusterCapacityFault", "InvalidDBSubnetGroupFault",
		"InvalidExportOnly", "InvalidRestoreFault", "InvalidS3BucketFault", "InvalidSubnet", "NetworkTypeNotSupported",
		"PointInTimeRestoreNotEnabled", "SNSInvalidTopic", "SourceClusterNotSupportedFault",
		"SourceDatabaseNotSupportedFault", "StorageTypeNotSupported", "UnsupportedDBEngineVersion",
	},
	coded.Internal: {
		"IamRoleMissingPermissions", "SNSNoAuthorization", "VpcEncryptionControlViolationException",
	},
}
