package import Schema

/// What right a command asks for, and of what.
package struct CommandAccess: Hashable, Sendable {
  package enum Target: Hashable, Sendable {
    /// The right is asked on the record itself.
    case record
    /// The record is made: the right to make such is asked, and every record that it names must be
    /// visible (S-7, OP-1).
    case newRecord
    /// The record itself, and every other that it names must be visible.
    case recordAndReferences
    /// The right is asked unless it is the actor's own directory entry.
    case recordUnlessSelf
    /// Any active user may ask; the decision says whose it is to do.
    case anybody
    /// The product's own: nobody asks for it by name.
    case product
  }

  package let action: PermissionAction.Code
  package let target: Target

  package init(_ action: PermissionAction.Code, _ target: Target = .record) {
    self.action = action
    self.target = target
  }
}

extension CommandPayload {
  /// The right that the command asks for; a new command breaks the build here, where it must be
  /// thought of.
  package var access: CommandAccess {
    switch self {
    case .account(let command): command.access
    case .activity(let command): command.access
    case .businessCalendar(let command): command.access
    case .contact(let command): command.access
    case .dispute(let command): command.access
    case .disputeRuleBook(let command): command.access
    case .duplicateCase(let command): command.access
    case .export(let command): command.access
    case .handover(let command): command.access
    case .lead(let command): command.access
    case .opportunity(let command): command.access
    case .organization(let command): command.access
    case .ownership(let command): command.access
    case .permission(let command): command.access
    case .pipeline(let command): command.access
    case .pool(let command): command.access
    case .registration(let command): command.access
    case .slaPolicy(let command): command.access
    case .tag(let command): command.access
    case .task(let command): command.access
    case .team(let command): command.access
    case .ticket(let command): command.access
    case .user(let command): command.access
    }
  }
}

extension AccountCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createAccount:
      CommandAccess(.create, .newRecord)
    case .changeAccountDetails, .applyEnrichment, .verifyAccountField, .gradeAccount,
      .recordMajorChange, .recordNeed, .closeNeed, .recordCommitment, .fulfilCommitment,
      .breakCommitment, .changeAccountTier, .changeAccountLifecycleStage:
      CommandAccess(.update)
    case .setParentAccount, .setPrimaryContact:
      CommandAccess(.update, .recordAndReferences)
    case .archiveAccount, .restoreAccount:
      CommandAccess(.archive)
    case .mergeAccounts, .unmergeAccount:
      CommandAccess(.merge, .recordAndReferences)
    }
  }
}

extension ActivityCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .logActivity:
      CommandAccess(.create, .newRecord)
    case .correctActivity, .retractActivity, .addComment:
      CommandAccess(.update)
    }
  }
}

extension ContactCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createContact:
      CommandAccess(.create, .newRecord)
    case .changeContactDetails, .setContactRole, .verifyContact, .grantConsent, .withdrawConsent:
      CommandAccess(.update)
    case .moveContactToAccount, .setContactReportsTo:
      CommandAccess(.update, .recordAndReferences)
    case .mergeContacts, .unmergeContact:
      CommandAccess(.merge, .recordAndReferences)
    case .archiveContact, .restoreContact:
      CommandAccess(.archive)
    }
  }
}

extension ExportCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .requestExport, .startExport, .completeExport, .abortExport:
      CommandAccess(.export, .product)
    case .approveExport, .denyExport:
      CommandAccess(.approve)
    }
  }
}

extension LeadCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .captureLead:
      CommandAccess(.create, .newRecord)
    case .setFirstResponseDeadline, .breachFirstResponse, .noteNurtureReevaluation, .takeInLead:
      CommandAccess(.update, .product)
    case .normalizeLeadData, .scoreLead, .rateLead, .recordFirstResponse, .startNurture,
      .sendNurtureTouch, .reevaluateNurture, .qualifyLead,
      .disqualifyLead, .reopenLead, .giveLeadQualityFeedback, .changeLeadDetails,
      .startWorkingLead:
      CommandAccess(.update)
    case .convertLead:
      CommandAccess(.convert, .recordAndReferences)
    case .mergeLeads, .unmergeLead:
      CommandAccess(.merge, .recordAndReferences)
    }
  }
}

extension OpportunityCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createOpportunity:
      CommandAccess(.create, .newRecord)
    case .changeStage, .changeAmount, .setExpectedCloseDate, .overrideProbability,
      .removeProbabilityOverride, .setForecastCategory, .addOpportunityLine,
      .changeOpportunityLine, .removeOpportunityLine, .submitDeliverable, .rejectDeliverable,
      .setCompetitor, .rateFit, .requestHelp, .fulfilHelp, .winOpportunity, .loseOpportunity,
      .reopenOpportunity, .changeOpportunityDetails, .setAmountMode, .endOpportunityStall,
      .changeOpportunityHealthBand:
      CommandAccess(.update)
    case .markOpportunityStalled:
      CommandAccess(.update, .product)
    case .setOpportunityContactRole, .moveOpportunityToAccount:
      CommandAccess(.update, .recordAndReferences)
    }
  }
}

extension OrganizationCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .configureOrganization, .switchReadModel, .rollBackReadModel, .skipReadModelEvent,
      .publishAssignmentRules:
      CommandAccess(.configure)
    }
  }
}

extension OwnershipCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .assignOwnership, .grantProtection, .extendProtection, .endProtection:
      CommandAccess(.assign)
    case .requestOwnershipTransfer, .cancelOwnershipTransfer:
      CommandAccess(.update)
    case .acceptOwnershipTransfer, .declineOwnershipTransfer:
      CommandAccess(.update, .anybody)
    case .transferOwnership:
      CommandAccess(.transfer)
    case .releaseToPool, .warnOfRecycle:
      CommandAccess(.release)
    case .claimFromPool:
      CommandAccess(.claim)
    case .lockOwnership, .unlockOwnership:
      CommandAccess(.lock)
    case .addCollaborator, .removeCollaborator:
      CommandAccess(.share)
    case .freezeOwnership, .unfreezeOwnership:
      CommandAccess(.arbitrate)
    }
  }
}

extension PermissionCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .defineRole, .changeRolePermissions, .retireRole, .publishSharingRule, .retireSharingRule,
      .publishFieldPolicy:
      CommandAccess(.configure)
    case .shareRecord, .unshareRecord:
      CommandAccess(.share)
    }
  }
}

extension PipelineCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createPipeline, .publishPipelineVersion, .retirePipeline:
      CommandAccess(.configure)
    }
  }
}

extension TagCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .applyTag, .removeTag:
      CommandAccess(.update)
    }
  }
}

extension TeamCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createTeam, .changeTeamMembers, .dissolveTeam:
      CommandAccess(.configure)
    }
  }
}

extension TicketCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .openTicket:
      CommandAccess(.create, .newRecord)
    case .categorizeTicket, .changeTicketPriority, .assignTicketToTeam, .startTicket,
      .awaitCustomer, .escalateTicket, .commentOnTicket, .resolveTicket, .reopenTicket,
      .closeTicket, .sendSatisfactionSurvey, .rateSatisfaction, .completeSatisfactionFollowUp,
      .changeTicketDetails, .applySla, .pauseSla, .resumeSla:
      CommandAccess(.update)
    case .warnOfSla, .breachSla:
      CommandAccess(.update, .product)
    case .linkTicketToLead:
      CommandAccess(.update, .recordAndReferences)
    case .mergeTickets:
      CommandAccess(.merge, .recordAndReferences)
    }
  }
}

extension UserCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .provisionUser, .moveUserToDepartment, .changeUserManager, .grantUserRole,
      .revokeUserRole, .suspendUser, .resumeUser, .restrictUserRights, .restoreUserRights,
      .deactivateUser, .reactivateUser:
      CommandAccess(.configure)
    case .activateUser, .changeUserDetails, .grantDelegation, .revokeDelegation:
      CommandAccess(.configure, .recordUnlessSelf)
    case .activateBreakGlass, .endBreakGlass, .reviewBreakGlass:
      CommandAccess(.configure, .anybody)
    }
  }
}

extension BusinessCalendarCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .publishBusinessCalendar:
      CommandAccess(.configure)
    }
  }
}

extension DisputeCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .openDispute, .attachDisputeEvidence, .respondToDispute, .appealDispute,
      .withdrawDispute, .assignArbitrator, .ruleOnDispute:
      // Whose it is to do goes by the part they have in the dispute.
      CommandAccess(.read, .anybody)
    case .sealDisputeEvidence, .closeDispute, .noteOverdueResponse:
      CommandAccess(.arbitrate, .product)
    }
  }
}

extension DisputeRuleBookCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .publishDisputeRuleBook:
      CommandAccess(.configure)
    }
  }
}

extension DuplicateCaseCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .openDuplicateCase, .dismissDuplicate, .settleCollision, .escalateCollision:
      CommandAccess(.merge)
    case .noteOverdueCollision:
      CommandAccess(.merge, .product)
    }
  }
}

extension HandoverCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .startHandover, .planHandoverItems, .approveHandoverPlan, .executeHandoverItem,
      .writeHandoverBriefing, .acknowledgeHandover, .reportHandoverAccess, .completeHandover,
      .cancelHandover, .returnHandoverItem, .revertHandover:
      // Whose it is to do goes by the part they have in the handover.
      CommandAccess(.transfer, .anybody)
    case .noteOverdueHandover:
      CommandAccess(.transfer, .product)
    }
  }
}

extension PoolCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createPool, .disablePool, .enablePool:
      CommandAccess(.configure)
    case .publishPoolRules:
      // The pool's own administrators publish rules as well.
      CommandAccess(.configure, .anybody)
    }
  }
}

extension RegistrationCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .submitRegistration:
      CommandAccess(.create, .newRecord)
    case .approveRegistration, .rejectRegistration, .extendRegistration, .revokeRegistration,
      .convertRegistration:
      // Whose it is to do goes by who declared it and who stands above them.
      CommandAccess(.approve, .anybody)
    case .warnOfRegistrationExpiry, .expireRegistration:
      CommandAccess(.approve, .product)
    }
  }
}

extension SlaPolicyCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .publishSlaPolicy, .retireSlaPolicy:
      CommandAccess(.configure)
    }
  }
}

extension TaskCommand.OneOf_Command {
  fileprivate var access: CommandAccess {
    switch self {
    case .createTask:
      CommandAccess(.create, .newRecord)
    case .reassignTask, .rescheduleTask, .completeTask, .cancelTask:
      CommandAccess(.update)
    case .remindOfTask, .markTaskOverdue:
      CommandAccess(.update, .product)
    }
  }
}
