"""The test cases that eventsourcing ships for its recorders, against `deed serve`."""

import os
from decimal import Decimal
from unittest import skip
from uuid import uuid4

from eventsourcing.dcb.tests import DcbRecorderTestCase
from eventsourcing.persistence import ProcessRecorder, TrackingRecorder
from eventsourcing.tests.application import (
    BankAccountsWithPydantic,
    ExampleApplicationTestCase,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    InfrastructureFactoryTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from eventsourcing.utils import Environment, get_topic
from eventsourcing_umadb.factory import Factory
from eventsourcing_umadb.recorders import (
    UmaDbAggregateRecorder,
    UmaDbApplicationRecorder,
    UmaDbDcbRecorder,
)
from umadb import Client

from server import Server


class OnServer:
    """Gives each test a server of its own."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.client = Client(self.server.url)
        if hasattr(self, "env"):
            self.env["UMADB_URI"] = self.server.url
        super().setUp()


class TestAggregateRecorder(OnServer, AggregateRecorderTestCase):
    recorder_supports_idempotent_appends = True

    def create_recorder(self):
        return UmaDbAggregateRecorder(self.client)


class TestApplicationRecorder(OnServer, ApplicationRecorderTestCase):
    recorder_supports_idempotent_appends = True

    def create_recorder(self):
        return UmaDbApplicationRecorder(self.client)


class TestNonInterleaving(OnServer, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self):
        return UmaDbApplicationRecorder(self.client)


class TestDcbRecorder(OnServer, DcbRecorderTestCase):
    def test_append_read(self):
        self._test_append_read(UmaDbDcbRecorder(self.client))

    def test_append_subscribe(self):
        self._test_append_subscribe(UmaDbDcbRecorder(self.client))


class SubclassedApplicationRecorder(UmaDbApplicationRecorder):
    pass


class TestFactory(OnServer, InfrastructureFactoryTestCase):
    def setUp(self):
        self.env = Environment("TestCase")
        self.env[Factory.PERSISTENCE_MODULE] = Factory.__module__
        OnServer.setUp(self)

    def expected_factory_class(self):
        return Factory

    def expected_aggregate_recorder_class(self):
        return UmaDbAggregateRecorder

    def expected_application_recorder_class(self):
        return UmaDbApplicationRecorder

    def application_recorder_subclass(self):
        return SubclassedApplicationRecorder

    def expected_tracking_recorder_class(self):
        return TrackingRecorder

    def tracking_recorder_subclass(self):
        return TrackingRecorder

    def expected_process_recorder_class(self):
        return ProcessRecorder

    def process_recorder_subclass(self):
        return ProcessRecorder

    @skip("eventsourcing-umadb has no tracking recorder")
    def test_create_tracking_recorder(self):
        pass

    @skip("eventsourcing-umadb has no process recorder")
    def test_create_process_recorder(self):
        pass


class TestExampleApplication(OnServer, ExampleApplicationTestCase):
    expected_factory_topic = get_topic(Factory)

    def setUp(self):
        OnServer.setUp(self)
        os.environ["PERSISTENCE_MODULE"] = "eventsourcing_umadb"
        os.environ["UMADB_URI"] = self.server.url

    def tearDown(self):
        del os.environ["PERSISTENCE_MODULE"]
        del os.environ["UMADB_URI"]

    def test_example_application(self):
        """The case's own application and questions, without its snapshots, which the client lacks."""
        app = BankAccountsWithPydantic(env={"IS_SNAPSHOTTING_ENABLED": "n"})
        self.assertEqual(get_topic(type(app.factory)), self.expected_factory_topic)
        with self.assertRaises(BankAccountsWithPydantic.AccountNotFoundError):
            app.get_account(str(uuid4()))
        account = app.open_account(full_name="Alice", email_address="alice@example.com")
        self.assertEqual(app.get_balance(account), Decimal("0.00"))
        for amount in ("10.00", "25.00", "30.00"):
            app.credit_account(account, Decimal(amount))
        self.assertEqual(app.get_balance(account), Decimal("65.00"))
        self.assertEqual(len(app.notification_log["1,10"].items), 4)


# The cases themselves are abstract, and run nowhere but in their subclasses.
del (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    DcbRecorderTestCase,
    ExampleApplicationTestCase,
    InfrastructureFactoryTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
