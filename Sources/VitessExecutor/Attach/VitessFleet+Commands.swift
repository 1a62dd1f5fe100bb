package import Core

extension VitessFleet {
    package func submit(
        _ submission: Submission, by identity: OperatorIdentity
    ) async throws(ServiceError) -> MigrationSnapshot {
        throw .refused(
            Refusal(
                "attach mode submits nothing: it watches and commands what runs, and keeps no journal to finish a submission from",
                advice: "give the keyspace a vtgate: in the cluster file, start `lockstep engine`, and use `lockstep apply`"))
    }
    package func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        throw .refused(Refusal("not yet"))
    }
    package func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        throw .refused(Refusal("not yet"))
    }
}
