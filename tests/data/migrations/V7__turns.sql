-- What a database may hold when the migrations after V7 run.
INSERT INTO policy_turn (policy, next) VALUES ('daytime', 3);
