package test.acme.orders.report;

/** Not reached: an earlier module fails. */
public class Report {
}
