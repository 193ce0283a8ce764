"""Workloads of any program: a Deployment with its Service, a CronJob, and the pods that both are made of."""
