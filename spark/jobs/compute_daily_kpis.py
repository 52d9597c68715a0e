"""spark-submit spark/jobs/compute_daily_kpis.py --help"""

import sys

from seedtest_spark.jobs import main

sys.exit(main(["compute-daily-kpis", *sys.argv[1:]]))
