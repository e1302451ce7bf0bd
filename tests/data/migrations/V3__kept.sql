INSERT INTO kept (key, value) VALUES ('discord:commands:1:2', 'a1b2');
